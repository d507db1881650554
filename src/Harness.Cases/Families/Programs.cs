using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Model.Programs;

namespace Harness.Cases.Families;

/// <summary>Programs: those that are listed in Programs.txt, a key on each line, and any other by its key.</summary>
internal static class Programs
{
    public static CaseFamily Family { get; } =
        new(
            "program",
            "several pages of a slot: its last one, slots of odd sizes, the content of the dirty log, changes in a row",
            () => Listed()
        );

    /// <summary>The program with this key, whether it is listed or not; null if it is not one.</summary>
    public static ProgramCase? Parse(string key)
    {
        string[] words = key.Split(' ');
        if (words.Length < 4 || CaseSpace.BackingOf(words[0]) is not { } backing)
            return null;
        var setting = new AccessCase(backing, true, SlotFlags.None, new AccessList(Access.Read));
        ProgramSteps? steps = null;
        DirtyTracking tracking = default;
        var second = SecondSlot.None;
        var others = OtherSlots.None;
        foreach (string word in words.Skip(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string value = word[(equals + 1)..];
            switch (equals < 0 ? word : word[..equals])
            {
                case "vma" when value is "r" or "rw":
                    setting = setting with { VmaWritable = value == "rw" };
                    break;
                case "slot" when CaseValues.Slots.Find(value) is { } slot:
                    setting = setting with { Slot = slot };
                    break;
                case "do" when Steps(value) is { } parsed:
                    steps = parsed;
                    break;
                case "size" when CaseValues.Extents.Find(value) is { } extent:
                    setting = setting with { Extent = extent };
                    break;
                case "restored":
                    setting = setting with { Restored = true };
                    break;
                case "by" when CaseValues.Providers.Find(value) is { } provider:
                    setting = setting with { Backing = backing with { Provider = provider } };
                    break;
                case "protect" when CaseValues.Protections.Find(value) is { } protection:
                    tracking = tracking with { Protection = protection };
                    break;
                case "split" when CaseValues.Splits.Find(value) is { } split:
                    tracking = tracking with { Split = split };
                    break;
                case "ring" when CaseValues.Rings.Find(value) is { } ring:
                    tracking = tracking with { Ring = ring };
                    break;
                case "second" when CaseValues.Seconds.Find(value) is { } other:
                    second = other;
                    break;
                case "among" when CaseValues.Others.Find(value) is { } among:
                    others = among;
                    break;
                default:
                    return null;
            }
        }
        return
            steps is { } made
            && new ProgramCase(setting, made)
            {
                Tracking = tracking,
                Second = second,
                Others = others,
            }
                is var c
            && c.Key == key
            && c.UnsupportedReason is null
            ? c
            : null;
    }

    private static ProgramSteps? Steps(string words)
    {
        ProgramStep?[] steps = [.. words.Split(',').Select(w => ProgramText.Parse(w, CaseSpace.BackingOf))];
        return steps.Length > ProgramSteps.Most || steps.Contains(null) ? null : new ProgramSteps(steps!);
    }

    /// <summary>The keys of the programs in the quick set: those before the second comment of the file.</summary>
    public static IEnumerable<string> Quick => Lines().Skip(1).TakeWhile(IsKey);

    private static bool IsKey(string line) => line.Length > 0 && line[0] != '#';

    private static IEnumerable<string> Lines()
    {
        using var file = typeof(Programs).Assembly.GetManifestResourceStream("Programs.txt")!;
        using var lines = new StreamReader(file);
        while (lines.ReadLine() is { } line)
            yield return line;
    }

    private static IEnumerable<ProgramCase> Listed()
    {
        foreach (string line in Lines())
            if (IsKey(line))
                yield return Parse(line)
                    ?? throw new FormatException(
                        $"Programs.txt: '{line}' is not the key of a program that a machine can run"
                    );
    }
}
