namespace Harness.Analysis.Coverage;

/// <summary>
/// Why a rule's guard is true wherever it is evaluated, or why a rule exists that affects no decision. There is no
/// valid reason for a guard that is never true: such a rule would be unused.
/// </summary>
public static class RuleReasons
{
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string>
        {
            ["accept"] = "it is evaluated last, for what no other rule refused, and represents the function's return 0",
            ["vma-write-back"] = "it represents the kernel's default, which is also the initial draft",
            ["normal"] = "it represents the kernel's default, which is also the initial draft",
        };
}
