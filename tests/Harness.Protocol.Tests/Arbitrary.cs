using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Harness.Protocol.Tests;

/// <summary>Random messages, and the one way properties are checked here: the seed is printed and can be given back.</summary>
internal static class Arbitrary
{
    // Plane 0 without surrogates, plus some beyond it; much of what JSON escapes.
    private static readonly Gen<string> Character = Gen.OneOf(
        Gen.Choose(0, 0x9f).Select(c => ((char)c).ToString()),
        Gen.Elements("\"", "\\", "/", "\n", "\r", "\t", "\u2028", "\ufeff", "\uffff", "ß", "한"),
        Gen.Choose(0xa0, 0xd7ff).Select(c => ((char)c).ToString()),
        Gen.Choose(0x10000, 0x10ffff).Select(char.ConvertFromUtf32));

    public static Gen<string> Text { get; } = Gen.Sized(size => Gen.Choose(0, Math.Min(size, 30)).SelectMany(Character.ArrayOf))
        .Select(string.Concat);

    private static readonly Gen<object?> Integer = Gen.OneOf(
        Gen.Choose(-1000, 1000).Select(i => (object?)(long)i),
        Gen.Elements<object?>(0L, long.MinValue, long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue, 1L << 53, (1L << 53) + 1),
        Gen.Choose(int.MinValue, int.MaxValue).Two().Select(p => (object?)((long)p.Item1 << 32 | (uint)p.Item2)));

    private static Gen<object?> Value(int depth) => depth == 0
        ? Gen.OneOf(Integer, Text.Select(t => (object?)t), Gen.Elements<object?>(null, true, false))
        : Gen.OneOf(
            Value(0),
            Value(0),
            FieldsOf(depth - 1).Select(f => (object?)f),
            Gen.Choose(0, 4).SelectMany(n => Value(depth - 1).ArrayOf(n)).Select(list => (object?)list));

    private static Gen<Fields> FieldsOf(int depth) => Gen.Choose(0, 5).SelectMany(count =>
        Text.ArrayOf(count).SelectMany(names => Value(depth).ArrayOf(count).Select(values =>
        {
            var distinct = names.Distinct(StringComparer.Ordinal).ToArray();
            return Fields.Of([.. distinct.Select((name, i) => (name, values[i]))]);
        })));

    public static Gen<Fields> AnyFields { get; } = FieldsOf(3);

    private static readonly Gen<int> Int = Gen.OneOf(Gen.Choose(-5, 100_000), Gen.Elements(int.MinValue, int.MaxValue));

    private static readonly Gen<Step> AnyStep = Text.SelectMany(op => AnyFields.SelectMany(args =>
        Gen.Elements(Enum.GetValues<OnError>()).Select(onError => new Step(op, args, onError))));

    public static Gen<ProbeProgram> Program { get; } = Text.SelectMany(name => Int.SelectMany(deadline =>
        Gen.Choose(0, 6).SelectMany(AnyStep.ArrayOf).Select(steps => new ProbeProgram(name, deadline, steps))));

    private static readonly Gen<StepResult> Result = Int.SelectMany(index => Text.SelectMany(op => Int.SelectMany(errno =>
        AnyFields.Select(values => new StepResult(index, op, errno, values)))));

    public static Gen<Observation> AnyObservation { get; } = Text.SelectMany(name =>
        Gen.Elements(Enum.GetValues<ObservationEnd>()).SelectMany(end => Text.SelectMany(detail => Int.SelectMany(micros =>
        Gen.Choose(0, 5).SelectMany(Result.ArrayOf).SelectMany(steps => Gen.Choose(0, 3).SelectMany(Text.ArrayOf).Select(log =>
            new Observation(name, end, detail.Length == 0 ? null : detail, micros, steps, log)))))));

    /// <summary>Runs the check on <paramref name="count"/> samples. HARNESS_SEED repeats a run.</summary>
    public static void ForAll<T>(Gen<T> samples, Action<T> check, int count = 400)
    {
        string? given = Environment.GetEnvironmentVariable("HARNESS_SEED");
        ulong seed = given is null ? (ulong)Random.Shared.NextInt64() : ulong.Parse(given, CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"HARNESS_SEED={seed}");
        foreach (var sample in samples.Sample(count, new Rnd(seed), 30))
            check(sample);
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
