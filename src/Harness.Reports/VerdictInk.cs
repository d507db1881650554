using Harness.Store;

namespace Harness.Reports;

internal static class VerdictInk
{
    public static Ink Of(string verdict) => verdict switch
    {
        Verdicts.Match => Ink.Good,
        Verdicts.Mismatch or Verdicts.Crash or Verdicts.Hang => Ink.Bad,
        Verdicts.Skip or Verdicts.Planned => Ink.Faint,
        _ => Ink.Doubtful,
    };
}
