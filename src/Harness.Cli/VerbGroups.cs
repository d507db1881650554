namespace Harness.Cli;

/// <summary>The commands by what one does with them, for help.</summary>
internal static class VerbGroups
{
    /// <summary>Every command of the root is in one group.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<string> Verbs)> All { get; } =
    [
        ("Set up", ["init", "targets", "images", "completion"]),
        ("Run cases on hosts", ["run", "migrate", "bisect", "identify"]),
        ("Look at results", ["runs", "show", "report", "compare", "export", "evidence", "db"]),
        (
            "Query the model, without hosts",
            ["cases", "explain", "repro", "timeline", "policies", "systems", "diff-policies", "audit", "coverage"]
        ),
    ];
}
