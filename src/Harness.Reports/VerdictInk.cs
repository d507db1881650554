using Harness.Store;

namespace Harness.Reports;

/// <summary>The ink of a verdict on a terminal.</summary>
internal static class VerdictInk
{
    public static Ink Of(string verdict) => Verdicts.Of(verdict).Tone switch
    {
        VerdictTone.Good => Ink.Good,
        VerdictTone.Bad => Ink.Bad,
        VerdictTone.Doubtful or VerdictTone.Note => Ink.Doubtful,
        VerdictTone.Faint => Ink.Faint,
        var tone => throw new ArgumentOutOfRangeException(nameof(verdict), tone, verdict),
    };
}
