using Harness.Model;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>The runs of a guest that moves.</summary>
public sealed partial class ObservationReader
{
    /// <summary>One run of the guest, up to its report.</summary>
    /// <param name="c">The case whose memory the guest uses.</param>
    /// <param name="access">What it does there first.</param>
    /// <param name="report">The number of its report.</param>
    /// <param name="steps">From the run on, up to the next.</param>
    /// <exception cref="UnreadableObservationException">See there.</exception>
    internal ObservedAccess ReadRun(Case c, Access access, int report, IReadOnlyList<StepResult> steps) =>
        ReadAccess(c.Extent, access, report, null, steps);

    /// <summary>What the step by which dirty logging is switched on returned, and what it left.</summary>
    /// <param name="change">The change.</param>
    /// <param name="steps">From that step on, up to the next run.</param>
    internal ObservedChange ReadSwitch(LiveChange change, IReadOnlyList<StepResult> steps)
    {
        var left = Left(steps, out var descriptor);
        return new ObservedChange(change, (Errno)steps[0].Errno, left, descriptor);
    }
}
