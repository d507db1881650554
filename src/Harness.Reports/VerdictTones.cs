using Harness.Store;

namespace Harness.Reports;

/// <summary>The terminal colour of a verdict.</summary>
internal static class VerdictTones
{
    public static TextTone Of(string verdict) =>
        Verdicts.Of(verdict).Tone switch
        {
            VerdictTone.Good => TextTone.Good,
            VerdictTone.Bad => TextTone.Bad,
            VerdictTone.Doubtful or VerdictTone.Note => TextTone.Doubtful,
            VerdictTone.Faint => TextTone.Faint,
            var tone => throw new ArgumentOutOfRangeException(nameof(verdict), tone, verdict),
        };
}
