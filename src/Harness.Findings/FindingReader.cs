using System.Globalization;
using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Releases;
using Harness.Model.Safety;
using Harness.Protocol;
using Harness.Runs.Judging;
using Harness.Runs.Known;

namespace Harness.Findings;

/// <summary>Reads one file of a finding.</summary>
internal static class FindingReader
{
    private static readonly string[] s_members =
    [
        "title",
        "affected",
        "property",
        "evidence",
        "upstream",
        "hosts",
        "targets",
        "cases",
        "capabilities",
        "known-difference",
        "program",
    ];

    /// <summary>The sections of the text that a person writes; the others are made.</summary>
    internal static IReadOnlyList<string> Sections { get; } = ["What happens", "Where", "What it means"];

    private static readonly string[] s_evidence =
    [
        .. Enum.GetValues<Evidence>().Select(e => e.ToString().ToLowerInvariant()),
        "log",
    ];

    /// <param name="name">The file's name, without its extension.</param>
    /// <param name="content">The file's content.</param>
    /// <param name="beside">The content of a file beside it, by name; null if there is none.</param>
    /// <exception cref="FindingFault">The first error in it.</exception>
    public static Finding Read(string name, string content, Func<string, string?> beside)
    {
        var file = FrontMatter.Of(content);
        var members = file.Root.Members(s_members);
        FrontMatterNode Member(string member) =>
            members.GetValueOrDefault(member)
            ?? throw new FindingFault(1, member, "it is missing (allowed: see docs/findings.md)");
        var program = members.GetValueOrDefault("program") is { } written ? Program(written, beside) : null;
        IReadOnlyList<T> Needed<T>(string member, Func<FrontMatterNode, T> read) =>
            program is not null && !members.ContainsKey(member) ? [] : [.. Member(member).Items.Select(read)];
        var finding = new Finding(
            name,
            Member("title").Value,
            [.. Member("affected").Items.Select(Range)],
            Member("property").OneOf(FindingProperties.Names),
            [.. Member("evidence").Items.Select(e => e.OneOf(s_evidence))],
            Member("upstream").Value,
            members.GetValueOrDefault("hosts") is { } hosts ? Filter(hosts) : CaseFilter.All,
            Needed("targets", t => t.Value),
            Needed("cases", Case),
            file.Text
        )
        {
            Capabilities = members.GetValueOrDefault("capabilities") is { } capabilities
                ? capabilities
                    .Members(null)
                    .ToDictionary(c => Number(c.Key, c.Value), c => Number(c.Value.Value, c.Value))
                : new Dictionary<int, int>(),
            Program = program,
            KnownDifference = members.GetValueOrDefault("known-difference")?.Value,
        };
        for (int i = 1; i < finding.Affected.Count; i++)
            if (finding.Affected[i - 1].Fixed is not { } end || end > finding.Affected[i].First)
                throw Member("affected").Fault("the ranges overlap, or are not in order (allowed: oldest first)");
        foreach (string section in Sections)
            if (!file.Text.Split('\n').Contains($"## {section}"))
                throw new FindingFault(0, "", $"it has no section '## {section}': add it below the front matter");
        return finding;
    }

    private static FindingProgram Program(FrontMatterNode node, Func<string, string?> beside) =>
        new(
            node.Value,
            beside(node.Value) ?? throw node.Fault($"there is no file '{node.Value}' beside it (allowed: a C program)")
        );

    private static AffectedRange Range(FrontMatterNode node)
    {
        var members = node.Members("first", "fixed");
        var first = Version(
            members.GetValueOrDefault("first") ?? throw node.Fault("'first' is missing (allowed: first: 6.19)")
        );
        var end = members.GetValueOrDefault("fixed") is { } last ? Version(last) : (KernelVersion?)null;
        return end <= first
            ? throw members["fixed"].Fault("the first fixed release has to be newer than the first affected one")
            : new AffectedRange(first, end);
    }

    private static KernelVersion Version(FrontMatterNode node) =>
        KernelVersion.TryParse(node.Value)
        ?? throw node.Fault($"'{node.Value}' is not a kernel release (allowed: 6.12.117, 6.12 or 7.3-rc6)");

    private static CaseFilter Filter(FrontMatterNode node)
    {
        try
        {
            return CaseFilter.Parse(node.Value, KnownDifference.HostKeys);
        }
        catch (FilterException e)
        {
            throw node.Fault(e.Message);
        }
    }

    private static FindingCase Case(FrontMatterNode node)
    {
        var members = node.Members("id", "seen", "breaks", "report", "registers");
        var id = members.GetValueOrDefault("id") ?? throw node.Fault("'id' is missing (allowed: id: 7c37fa9635ff)");
        var found = AllCases.Find(id.Value) ?? throw id.Fault($"no case is '{id.Value}' (harness cases lists them)");
        var shown = new FindingCase(found, [.. members.GetValueOrDefault("seen")?.Items.Select(Pattern) ?? []])
        {
            Breaks = members.GetValueOrDefault("breaks")?.OneOf([.. SafetyProperties.OfOneHost.Select(p => p.Name)]),
            Report = members.GetValueOrDefault("report")?.Value,
            Registers = members.GetValueOrDefault("registers") is { } registers
                ? registers.Members(null).ToDictionary(r => Register(r.Key, r.Value), r => Value(r.Value))
                : new Dictionary<GuestRegister, ulong>(),
        };
        return shown is { Seen: [], Breaks: null, Report: null, Registers.Count: 0 }
            ? throw node.Fault("it doesn't say what shows it (allowed: seen, breaks, report, registers)")
            : shown;
    }

    private static OutcomePattern Pattern(FrontMatterNode node)
    {
        var members = node.Members("of", "type", "errno", "memory", "write", "execute", "level", "sees", "foreign");
        string? Text(string member) => members.GetValueOrDefault(member)?.Value;
        bool? Flag(string member) => Text(member) is null ? null : members[member].OneOf(["true", "false"]) == "true";
        var pattern = new OutcomePattern
        {
            Of = Text("of"),
            Type = Text("type"),
            Errno = Text("errno"),
            Memory = Text("memory"),
            Write = Flag("write"),
            Execute = Flag("execute"),
            Level = members.GetValueOrDefault("level") is { } level
                ? int.Parse(level.OneOf(["2", "3"]), CultureInfo.InvariantCulture)
                : null,
            Sees = Text("sees"),
            Foreign = Flag("foreign"),
        };
        return pattern.Fault is { } fault ? throw node.Fault(fault)
            : pattern == new OutcomePattern() ? throw node.Fault("it has no members, and would fit everything")
            : pattern;
    }

    private static int Number(string text, FrontMatterNode node) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw node.Fault($"'{text}' is not a number (allowed: 243: 1)");

    private static GuestRegister Register(string name, FrontMatterNode node)
    {
        var all = Enum.GetValues<GuestRegister>().ToDictionary(r => r.Name());
        return all.TryGetValue(name, out var register)
            ? register
            : throw node.Fault($"'{name}' is not a register of the guest (allowed: {string.Join(", ", all.Keys)})");
    }

    private static ulong Value(FrontMatterNode node) =>
        node.Value.StartsWith("0x", StringComparison.Ordinal)
        && ulong.TryParse(node.Value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw node.Fault($"'{node.Value}' is not a value (allowed: 0xffffffff86000010)");
}
