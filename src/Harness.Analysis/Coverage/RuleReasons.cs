namespace Harness.Analysis.Coverage;

/// <summary>Why a rule always holds where it is asked. None may never hold: that would be a rule about nothing.</summary>
public static class RuleReasons
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["accept"] = "it is asked last, of what no other rule refused, and stands for the return 0 at the function's end",
    };
}
