using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The steps that make and observe one step of a program.</summary>
/// <param name="Access">The guest's run, for an access; else null.</param>
/// <param name="Report">The number of the guest's report.</param>
/// <param name="Calls">The calls of a change, or that clear the log: the first that fails is its result.</param>
/// <param name="DirtyLog">The read of the log, or null.</param>
/// <param name="Descriptors">The stage-2 descriptor of each page afterwards.</param>
public sealed record CompiledStep(
    CompiledAccess? Access,
    int Report,
    IReadOnlyList<StepHandle> Calls,
    StepHandle<DirtyLogResult>? DirtyLog,
    IReadOnlyList<StepHandle<Stage2Result>> Descriptors
)
{
    /// <summary>The second vCPU's run, of two steps at the same time; else null.</summary>
    public CompiledAccess? Other { get; init; }

    /// <summary>The number of the report of that run.</summary>
    public int OtherReport { get; init; }

    /// <summary>The read of the vCPU's ring, or null.</summary>
    public StepHandle<RingResult>? Ring { get; init; }

    /// <summary>The call that resets rings, or null.</summary>
    public StepHandle<ResetRingsResult>? Reset { get; init; }
}
