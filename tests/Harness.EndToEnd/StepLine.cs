using System.Globalization;
using System.Text.Json;
using Harness.Protocol;

namespace Harness.EndToEnd;

/// <summary>A line "step N op=OP ret=R errno=E(NAME) NAME=VALUE..." of a reproducer.</summary>
internal sealed record StepLine(int Number, string Op, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>
    /// Values that both a reproducer and the probe report for a step, and that don't depend on addresses.
    /// </summary>
    private static readonly string[] Told =
    [
        "exit",
        "address",
        "length",
        "write",
        "data",
        "flags",
        "size",
        "reason",
        "subError",
        "type",
        "syndrome",
        "timeout",
        "x10",
        "x11",
        "x12",
        "x13",
        "x17",
        "valid",
        "level",
        "pgtFlags",
        "startLevel",
        "iaBits",
        "value",
        "signal",
        "code",
    ];

    /// <summary>
    /// Bits of a descriptor that are neither the output address (12 to 49) nor the access flag (10), which the host
    /// clears whenever it ages memory (kvm_age_gfn()).
    /// </summary>
    private const ulong Attributes = ~0x0003_ffff_ffff_f400ul;

    public static IReadOnlyList<StepLine> Of(string output) =>
        [.. output.Split('\n').Where(l => l.StartsWith("step ", StringComparison.Ordinal)).Select(Read)];

    /// <summary>The differences between the two, as text; empty if they agree.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<StepLine> lines, Observation seen)
    {
        // Only the probe has the kernel's trace and the counters, and the end of a reproducer closes everything without
        // output.
        (int Number, StepResult Result)[] steps =
        [
            .. seen
                .Steps.Select((s, i) => (i, s))
                .Where(s => s.s is not (TraceResult or CountersResult or CloseAllResult)),
        ];
        if (!lines.Select(l => (l.Number, l.Op)).SequenceEqual(steps.Select(s => (s.Number, s.Result.Op))))
            yield return $"steps {string.Join(' ', lines.Select(l => $"{l.Number}:{l.Op}"))}, but the probe's {string.Join(' ', steps.Select(s => $"{s.Number}:{s.Result.Op}"))}";
        foreach (var (line, (_, step)) in lines.Zip(steps))
        {
            if (line.Integer("errno") != (ulong)step.Errno)
                yield return $"step {line.Number} {line.Op}: errno {line.Values["errno"]}, but the probe's {step.Errno}";
            foreach (var (name, value) in MembersOf(step))
            {
                // Host virtual addresses differ between processes.
                if (
                    !Told.Contains(name)
                    || step is MapResult or MoveResult or VfioRegionResult
                    || (step is TouchResult && name == "address")
                )
                    continue;
                ulong probe = value.ValueKind switch
                {
                    JsonValueKind.True => 1,
                    JsonValueKind.False => 0,
                    _ => value.TryGetUInt64(out ulong bits) ? bits : unchecked((ulong)value.GetInt64()),
                };
                if (!line.Values.ContainsKey(name))
                    yield return $"step {line.Number} {line.Op}: no {name}, but the probe's 0x{probe:x}";
                else if (line.Integer(name) != probe)
                    yield return $"step {line.Number} {line.Op}: {name} {line.Values[name]}, but the probe's 0x{probe:x}";
            }
            if (step is DirtyLogResult { Pages: { } pages } && line.Values["pages"] != string.Join(',', pages))
                yield return $"step {line.Number} dirty-log: {line.Values["pages"]}, but the probe's {string.Join(',', pages)}";
            if (
                step is Stage2Result { Errno: 0, Valid: true, Descriptor: { } descriptor }
                && ((line.Integer("descriptor") ^ descriptor) & Attributes) != 0
            )
                yield return $"step {line.Number} stage2: {line.Values["descriptor"]}, but the probe's 0x{descriptor:x16}";
        }
    }

    /// <summary>The values that the probe read, by their names in observations; registers by theirs.</summary>
    private static IEnumerable<(string Name, JsonElement Value)> MembersOf(StepResult step)
    {
        using var document = JsonDocument.Parse(Messages.Text(step));
        return
        [
            .. document
                .RootElement.EnumerateObject()
                .SelectMany(p =>
                    p.NameEquals("registers") && p.Value.ValueKind == JsonValueKind.Object
                        ? p.Value.EnumerateObject().AsEnumerable()
                        : [p]
                )
                .Select(p => (p.Name, p.Value.Clone())),
        ];
    }

    private ulong Integer(string name)
    {
        string text = Values[name].Split('(')[0];
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : unchecked((ulong)long.Parse(text, CultureInfo.InvariantCulture));
    }

    private static StepLine Read(string line)
    {
        string[] words = line.Split(' ');
        var values = words
            .Skip(2)
            .Select(w => w.Split('=', 2))
            .Where(w => w.Length == 2)
            .ToDictionary(w => w[0], w => w[1]);
        return new StepLine(int.Parse(words[1], CultureInfo.InvariantCulture), values["op"], values);
    }
}
