using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>
/// Parts of kcidb that <see cref="Verdicts.Table"/> alone does not determine, since they depend on the culprit.
/// </summary>
public static class KcidbWords
{
    /// <summary>
    /// The status of a case. FAIL means that the tested code is at fault, so it requires the culprit kernel.
    /// </summary>
    /// <param name="executed">The case was executed at least once.</param>
    public static string Status(string verdict, string culprit, bool executed) =>
        (
            Verdicts.Of(verdict).Kcidb switch
            {
                KcidbStatus.Fail when culprit != Culprits.Kernel => KcidbStatus.Error,
                KcidbStatus.Done when !executed => KcidbStatus.Skip,
                var status => status,
            }
        )
            .ToString()
            .ToUpperInvariant();

    /// <summary>The layers that kcidb blames for an issue.</summary>
    public static (bool Code, bool Tool, bool Harness) Culprit(string culprit) =>
        culprit switch
        {
            Culprits.Kernel => (true, false, false),
            Culprits.Model or Culprits.Probe => (false, true, false),
            Culprits.Platform or Culprits.Infrastructure => (false, false, true),
            Culprits.None => (false, false, false),
            _ => throw new ArgumentOutOfRangeException(nameof(culprit), culprit, "not a culprit"),
        };
}
