using System.Globalization;
using Harness.Protocol;

namespace Harness.EndToEnd;

/// <summary>A line "step N op=OP ret=R errno=E(NAME) NAME=VALUE..." of a reproducer.</summary>
internal sealed record StepLine(int Number, string Op, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>What both a reproducer and the probe tell of a step, and tell alike wherever the memory is.</summary>
    private static readonly string[] Told =
    [
        "exit", "address", "length", "write", "data", "flags", "size", "reason", "subError", "type", "syndrome", "timeout",
        "x10", "x11", "x12", "x13", "x17", "valid", "level", "pgtFlags", "startLevel", "iaBits", "value",
        "signal", "code",
    ];

    /// <summary>Bits of a descriptor that are not the output address: those below 12 and above 49.</summary>
    private const ulong Attributes = ~0x0003_ffff_ffff_f000ul;

    public static IReadOnlyList<StepLine> Of(string output) =>
        [.. output.Split('\n').Where(l => l.StartsWith("step ", StringComparison.Ordinal)).Select(Read)];

    /// <summary>Where the two tell different stories, in words; nothing where they agree.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<StepLine> lines, Observation seen)
    {
        // The kernel's trace and the counters are the probe's alone, and the end of a reproducer closes all without a word.
        StepResult[] steps = [.. seen.Steps.Where(s => s.Op is not ("trace" or "counters" or "close-all"))];
        if (!lines.Select(l => (l.Number, l.Op)).SequenceEqual(steps.Select(s => (s.Index, s.Op))))
            yield return $"steps {string.Join(' ', lines.Select(l => $"{l.Number}:{l.Op}"))}, but the probe's {string.Join(' ', steps.Select(s => $"{s.Index}:{s.Op}"))}";
        foreach (var (line, step) in lines.Zip(steps))
        {
            if (line.Integer("errno") != (ulong)step.Errno)
                yield return $"step {line.Number} {line.Op}: errno {line.Values["errno"]}, but the probe's {step.Errno}";
            foreach (var (name, value) in step.Values)
            {
                // Host virtual addresses are each process's own.
                if (!Told.Contains(name) || step.Op is "map" or "map-at" or "move" or "vfio-region"
                    || (step.Op == "touch" && name == "address"))
                    continue;
                ulong probe = value is bool b ? b ? 1ul : 0ul : step.Values.Bits(name);
                if (!line.Values.ContainsKey(name))
                    yield return $"step {line.Number} {line.Op}: no {name}, but the probe's 0x{probe:x}";
                else if (line.Integer(name) != probe)
                    yield return $"step {line.Number} {line.Op}: {name} {line.Values[name]}, but the probe's 0x{probe:x}";
            }
            if (step.Op == "stage2" && step.Errno == 0 && step.Values.Flag("valid")
                && ((line.Integer("descriptor") ^ step.Values.Bits("descriptor")) & Attributes) != 0)
                yield return $"step {line.Number} stage2: {line.Values["descriptor"]}, but the probe's 0x{step.Values.Bits("descriptor"):x16}";
        }
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
        var values = words.Skip(2).Select(w => w.Split('=', 2)).Where(w => w.Length == 2).ToDictionary(w => w[0], w => w[1]);
        return new StepLine(int.Parse(words[1], CultureInfo.InvariantCulture), values["op"], values);
    }
}
