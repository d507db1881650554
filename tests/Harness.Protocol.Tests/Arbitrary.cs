using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using FsCheck;
using FsCheck.Fluent;

namespace Harness.Protocol.Tests;

/// <summary>Random messages, and the runner of property tests: the seed is printed and can be passed back.</summary>
internal static class Arbitrary
{
    // Plane 0 without surrogates, plus some beyond it; much of what JSON escapes.
    private static readonly Gen<string> Character = Gen.OneOf(
        Gen.Choose(0, 0x9f).Select(c => ((char)c).ToString()),
        Gen.Elements("\"", "\\", "/", "\n", "\r", "\t", "\u2028", "\ufeff", "\uffff", "ß", "한"),
        Gen.Choose(0xa0, 0xd7ff).Select(c => ((char)c).ToString()),
        Gen.Choose(0x10000, 0x10ffff).Select(char.ConvertFromUtf32)
    );

    public static Gen<string> Text { get; } =
        Gen.Sized(size => Gen.Choose(0, Math.Min(size, 30)).SelectMany(Character.ArrayOf)).Select(string.Concat);

    private static readonly Gen<long> Long = Gen.OneOf(
        Gen.Choose(-1000, 1000).Select(i => (long)i),
        Gen.Elements(0L, long.MinValue, long.MaxValue, 1L << 53, (1L << 53) + 1),
        Gen.Choose(int.MinValue, int.MaxValue).Two().Select(p => (long)p.Item1 << 32 | (uint)p.Item2)
    );

    private static readonly Gen<ulong> Bits = Gen.OneOf(
        Long.Select(l => unchecked((ulong)l)),
        Gen.Elements(ulong.MaxValue, 1ul << 63)
    );

    private static Gen<object?> FactOf(int depth) =>
        depth == 0
            ? Gen.OneOf(
                Long.Select(l => (object?)l),
                Bits.Select(b => (object?)b),
                Text.Select(t => (object?)t),
                Gen.Elements<object?>(null, true, false)
            )
            : Gen.OneOf(
                FactOf(0),
                FactOf(0),
                FieldsOf(depth - 1).Select(f => (object?)f),
                Gen.Choose(0, 4).SelectMany(n => FactOf(depth - 1).ArrayOf(n)).Select(list => (object?)list)
            );

    private static Gen<Fields> FieldsOf(int depth) =>
        Gen.Choose(0, 5)
            .SelectMany(count =>
                Text.ArrayOf(count)
                    .SelectMany(names =>
                        FactOf(depth)
                            .ArrayOf(count)
                            .Select(values =>
                            {
                                var distinct = names.Distinct(StringComparer.Ordinal).ToArray();
                                return Fields.Of([.. distinct.Select((name, i) => (name, values[i]))]);
                            })
                    )
            );

    public static Gen<Fields> AnyFields { get; } = FieldsOf(3);

    /// <summary>Every type of step.</summary>
    public static IReadOnlyList<Type> StepTypes { get; } = Derived(typeof(Step));

    /// <summary>Every type of result.</summary>
    public static IReadOnlyList<Type> ResultTypes { get; } = Derived(typeof(StepResult));

    public static Gen<Step> AnyStep { get; } =
        Gen.Elements(StepTypes.ToArray())
            .SelectMany(t =>
                Any(t)
                    .SelectMany(step =>
                        Gen.Elements(Enum.GetValues<OnError>())
                            .Select(onError => (Step)step! with { OnError = onError })
                    )
            );

    public static Gen<StepResult> AnyResult { get; } =
        Gen.Elements(ResultTypes.ToArray())
            .SelectMany(t =>
                Any(t)
                    .SelectMany(result =>
                        Gen.Choose(0, 200).Select(errno => (StepResult)result! with { Errno = errno })
                    )
            );

    public static Gen<ProbeProgram> Program { get; } =
        Text.SelectMany(name =>
            Gen.Choose(0, 100_000)
                .SelectMany(deadline =>
                    Gen.Choose(0, 6)
                        .SelectMany(AnyStep.ArrayOf)
                        .Select(steps => new ProbeProgram(name, deadline, steps, Alone: deadline % 2 == 1))
                )
        );

    public static Gen<Observation> AnyObservation { get; } =
        Text.SelectMany(name =>
            Gen.Elements(Enum.GetValues<ObservationEnd>())
                .SelectMany(end =>
                    Text.SelectMany(detail =>
                        Long.SelectMany(micros =>
                            Gen.Choose(0, 5)
                                .SelectMany(AnyResult.ArrayOf)
                                .SelectMany(steps =>
                                    Gen.Choose(0, 3)
                                        .SelectMany(Text.ArrayOf)
                                        .Select(log => new Observation(
                                            name,
                                            end,
                                            detail.Length == 0 ? null : detail,
                                            micros,
                                            steps,
                                            log
                                        ))
                                )
                        )
                    )
                )
        );

    /// <summary>A value of a protocol type, made by its constructor with random arguments.</summary>
    private static Gen<object?> Any(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Gen.OneOf(Gen.Constant<object?>(null), Any(inner));
        if (type == typeof(string))
            return Text.Select(t => (object?)t);
        if (type == typeof(bool))
            return Gen.Elements<object?>(true, false);
        if (type == typeof(int))
            return Long.Select(l => (object?)unchecked((int)l));
        if (type == typeof(uint))
            return Long.Select(l => (object?)unchecked((uint)l));
        if (type == typeof(long))
            return Long.Select(l => (object?)l);
        if (type == typeof(ulong))
            return Bits.Select(b => (object?)b);
        if (type == typeof(byte))
            return Gen.Choose(0, byte.MaxValue).Select(b => (object?)(byte)b);
        if (type == typeof(byte[]))
            return Gen.Choose(0, 20)
                .SelectMany(n => Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(n))
                .Select(b => (object?)b);
        if (type.IsEnum)
            return Gen.Choose(0, Enum.GetValues(type).Length - 1).Select(i => Enum.GetValues(type).GetValue(i));
        if (type == typeof(IReadOnlyDictionary<GuestRegister, ulong>))
            return Gen.Choose(0, 4)
                .SelectMany(n =>
                    Any(typeof(GuestRegister))
                        .ArrayOf(n)
                        .SelectMany(keys =>
                            Bits.ArrayOf(n)
                                .Select(values =>
                                    (object?)
                                        keys.Select((k, i) => ((GuestRegister)k!, values[i]))
                                            .DistinctBy(p => p.Item1)
                                            .ToDictionary(p => p.Item1, p => p.Item2)
                                )
                        )
                );
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return Gen.Choose(0, 3)
                .SelectMany(n => Any(type.GetGenericArguments()[0]).ArrayOf(n))
                .Select(items => (object?)List(type.GetGenericArguments()[0], items));
        return Made(type);
    }

    private static Gen<object?> Made(Type type)
    {
        var constructor = type.GetConstructors().Single();
        var nullable = new NullabilityInfoContext();
        Gen<object?>[] arguments =
        [
            .. constructor
                .GetParameters()
                .Select(p =>
                    nullable.Create(p).WriteState == NullabilityState.Nullable && !p.ParameterType.IsValueType
                        ? Gen.OneOf(Gen.Constant<object?>(null), Any(p.ParameterType))
                        : Any(p.ParameterType)
                ),
        ];
        return arguments
            .Aggregate(Gen.Constant<object?[]>([]), (all, next) =>
                all.SelectMany(before => next.Select(value => (object?[])[.. before, value]))
            )
            .Select(values => (object?)constructor.Invoke(values));
    }

    private static object List(Type of, object?[] items)
    {
        var list = Array.CreateInstance(of, items.Length);
        items.CopyTo(list, 0);
        return list;
    }

    private static Type[] Derived(Type type) =>
        [.. type.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(a => a.DerivedType)];

    /// <summary>Runs the check on <paramref name="count"/> samples. HARNESS_SEED repeats a run.</summary>
    public static void ForAll<T>(Gen<T> samples, Action<T> check, int count = 400)
    {
        string? given = Environment.GetEnvironmentVariable("HARNESS_SEED");
        ulong seed = given is null
            ? (ulong)Random.Shared.NextInt64()
            : ulong.Parse(given, CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"HARNESS_SEED={seed}");
        foreach (var sample in samples.Sample(count, new Rnd(seed), 30))
            check(sample);
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
