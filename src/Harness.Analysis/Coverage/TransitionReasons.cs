namespace Harness.Analysis.Coverage;

/// <summary>Why a transition is taken by no case.</summary>
public static class TransitionReasons
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
    };
}
