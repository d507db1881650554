using System.Globalization;
using System.Text.Json;
using Harness.Protocol;

namespace Harness.EndToEnd;

/// <summary>A line "step N op=OP ret=R errno=E(NAME) NAME=VALUE..." of a reproducer.</summary>
internal sealed record StepLine(int Number, string Op, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>What both a reproducer and the probe tell of a step, and tell alike wherever the memory is.</summary>
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

    /// <summary>Bits of a descriptor that are not the output address: those below 12 and above 49.</summary>
    private const ulong Attributes = ~0x0003_ffff_ffff_f000ul;

    public static IReadOnlyList<StepLine> Of(string output) =>
        [.. output.Split('\n').Where(l => l.StartsWith("step ", StringComparison.Ordinal)).Select(Read)];

    /// <summary>Where the two tell different stories, in words; nothing where they agree.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<StepLine> lines, Observation seen)
    {
        // The kernel's trace and the counters are the probe's alone, and the end of a reproducer closes all without a
        // word.
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
                // Host virtual addresses are each process's own.
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
            if (
                step is Stage2Result { Errno: 0, Valid: true, Descriptor: { } descriptor }
                && ((line.Integer("descriptor") ^ descriptor) & Attributes) != 0
            )
                yield return $"step {line.Number} stage2: {line.Values["descriptor"]}, but the probe's 0x{descriptor:x16}";
        }
    }

    /// <summary>What the probe read, by the names that observations have; registers by theirs.</summary>
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
