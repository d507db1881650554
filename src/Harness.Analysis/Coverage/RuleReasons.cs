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
            ["accept"] = "it is asked last, of what no other rule refused, and stands for the function's return 0",
            ["vma-write-back"] =
                "it stands for what the kernel gives where it asks for nothing else, which is how a draft begins",
            ["normal"] =
                "it stands for what the kernel gives where it asks for nothing else, which is how a draft begins",
        };
}
