using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>A case's program, and what its steps mean: which answer which part of the case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Program">What the probe executes.</param>
/// <param name="SetUp">The calls that set the memslot up: the first that fails is what registration returned.</param>
/// <param name="Accesses">One for each of the case's accesses.</param>
public sealed record CompiledCase(
    Case Case,
    ProbeProgram Program,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Accesses
)
{
    /// <summary>Userspace's change after the first access; null where the case has none.</summary>
    public CompiledChange? Change { get; init; }

    /// <summary>The page's lifecycle; null where the case is none.</summary>
    public CompiledLifecycle? Lifecycle { get; init; }
}

/// <summary>The steps by which one access of the guest is observed.</summary>
/// <param name="Run">The guest runs up to its report.</param>
/// <param name="Registers">What it reports in registers.</param>
/// <param name="Trace">The kernel's mapping calls meanwhile; null where they are not traced.</param>
/// <param name="Descriptor">The stage-2 descriptor afterwards; null where it is not read.</param>
public sealed record CompiledAccess(
    StepHandle<RunResult> Run,
    StepHandle<GetRegistersResult> Registers,
    StepHandle<TraceResult>? Trace,
    StepHandle<Stage2Result>? Descriptor
);

/// <summary>The steps by which a change of userspace's is made and observed.</summary>
/// <param name="Calls">The first that fails is what the change returned.</param>
/// <param name="Descriptor">The stage-2 descriptor afterwards; null where it is not read.</param>
public sealed record CompiledChange(IReadOnlyList<StepHandle> Calls, StepHandle<Stage2Result>? Descriptor);
