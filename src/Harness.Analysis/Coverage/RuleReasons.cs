namespace Harness.Analysis.Coverage;

/// <summary>
/// Why a rule always holds where it is asked, or is there though no decision hangs on it. For none is there a reason
/// never to hold: that would be a rule about nothing.
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
