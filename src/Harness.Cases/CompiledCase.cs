using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>A case's program, and the meaning of its steps.</summary>
/// <param name="Case">The case.</param>
/// <param name="Program">What the probe executes.</param>
/// <param name="SetUp">The calls that set the memslot up: the first that fails is the result of registration.</param>
/// <param name="Accesses">One for each of the case's accesses.</param>
public sealed record CompiledCase(
    Case Case,
    ProbeProgram Program,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Accesses
)
{
    /// <summary>Userspace's change after the first access; null if the case has none.</summary>
    public CompiledChange? Change { get; init; }

    /// <summary>The calls about a capability; null for other cases.</summary>
    public CompiledCapability? Capability { get; init; }

    /// <summary>The calls of a case about slots; empty for other cases.</summary>
    public IReadOnlyList<StepHandle<MemslotResult>> SlotCalls { get; init; } = [];

    /// <summary>One for each act of a case about aborts; empty for other cases.</summary>
    public IReadOnlyList<CompiledAbort> AbortActs { get; init; } = [];

    /// <summary>The steps of each act of a case about a full ring.</summary>
    public IReadOnlyList<CompiledRing> RingActs { get; init; } = [];

    /// <summary>The steps of each act of a case about memory tags.</summary>
    public IReadOnlyList<CompiledTags> TagActs { get; init; } = [];

    /// <summary>The acts of a case about nested guests; empty for other cases.</summary>
    public IReadOnlyList<CompiledNested> NestedActs { get; init; } = [];

    /// <summary>One for each act of a case about caches; empty for other cases.</summary>
    public IReadOnlyList<CompiledAct> CacheActs { get; init; } = [];

    /// <summary>The lifecycle; null for other cases.</summary>
    public CompiledLifecycle? Lifecycle { get; init; }

    /// <summary>One for each step of a program; empty for other cases.</summary>
    public IReadOnlyList<CompiledStep> Steps { get; init; } = [];
}

/// <summary>The steps that observe one access of the guest.</summary>
/// <param name="Run">The guest runs up to its report.</param>
/// <param name="Registers">The registers with the report's details.</param>
/// <param name="Trace">The kernel's mapping calls meanwhile; null if they are not traced.</param>
/// <param name="Descriptor">The stage-2 descriptor afterwards; null if it is not read.</param>
public sealed record CompiledAccess(
    StepHandle<RunResult> Run,
    StepHandle<GetRegistersResult> Registers,
    StepHandle<TraceResult>? Trace,
    StepHandle<Stage2Result>? Descriptor
)
{
    /// <summary>The guest physical address of the page under test.</summary>
    public ulong Page { get; init; } = CaseLayout.TestAddress;

    /// <summary>
    /// The guest physical address of the descriptor that is read: that of the page that was accessed.
    /// </summary>
    public ulong Accessed { get; init; } = CaseLayout.TestAddress;

    /// <summary>
    /// The page's frame in the process, before and after the descriptor is read; null if it is not.
    /// </summary>
    public CompiledFrames? Frames { get; init; }
}

/// <summary>A page's frame in the process's page table, read twice: between, it may have become another.</summary>
public sealed record CompiledFrames(StepHandle<FrameResult> Before, StepHandle<FrameResult> After);

/// <summary>The steps that make and observe a change of userspace.</summary>
/// <param name="Calls">The first that fails is the result of the change.</param>
/// <param name="Descriptor">The stage-2 descriptor afterwards; null if it is not read.</param>
public sealed record CompiledChange(IReadOnlyList<StepHandle> Calls, StepHandle<Stage2Result>? Descriptor);

/// <summary>The calls of KVM_CHECK_EXTENSION, for /dev/kvm and for a VM.</summary>
public sealed record CompiledCapability(StepHandle<ExtensionResult> System, StepHandle<ExtensionResult> Vm);

/// <summary>The steps that make one act of a case about caches.</summary>
/// <param name="Access">The guest's run; null for the process's acts.</param>
/// <param name="Report">The number of the guest's report.</param>
/// <param name="Line">The process's step; null for the guest's acts, and for a change of the slot.</param>
/// <param name="Calls">The calls of a change: the first that fails is its result.</param>
public sealed record CompiledAct(
    CompiledAccess? Access,
    int Report,
    StepHandle<LineResult>? Line,
    IReadOnlyList<StepHandle> Calls
);

/// <summary>The steps of one act of a case about nested guests.</summary>
/// <param name="Calls">Of the host: the first that fails is the act's result.</param>
/// <param name="Run">A run of the guest; null for acts of the host.</param>
/// <param name="Shadow">The shadow's descriptor afterwards; null if it is not read.</param>
public sealed record CompiledNested(
    IReadOnlyList<StepHandle> Calls,
    CompiledNestedRun? Run,
    StepHandle<Stage2Result>? Shadow
);

/// <summary>A run of a guest hypervisor, and of its guest.</summary>
/// <param name="Address">Of the access, as the nested guest sees it.</param>
/// <param name="Memory">The same, as the guest hypervisor sees it.</param>
/// <param name="Report">The number of the report.</param>
/// <param name="Run">Up to the report, or another exit.</param>
/// <param name="Answer">Then userspace answers with zeroes, and runs it again.</param>
/// <param name="Registers">Those of <see cref="NestedCompiler.Registers"/>.</param>
public sealed record CompiledNestedRun(
    ulong Address,
    ulong Memory,
    int Report,
    StepHandle<RunResult> Run,
    StepHandle<AnswerResult> Answer,
    StepHandle<GetRegistersResult> Registers
);

/// <summary>The steps of one act of a case about aborts.</summary>
/// <param name="Call">KVM_ENABLE_CAP; null for an act of the guest.</param>
/// <param name="Act">An act of the guest; null for a call.</param>
public sealed record CompiledAbort(StepHandle? Call, CompiledAbortAct? Act);

/// <summary>The steps that make one instruction, and observe it.</summary>
/// <param name="Address">Of the instruction's access.</param>
/// <param name="Report">The number of the guest's report.</param>
/// <param name="Run">The guest runs up to its report, or exits otherwise.</param>
/// <param name="Answer">Then userspace answers, and runs it again.</param>
/// <param name="Registers">Those of the report, and what was loaded.</param>
/// <param name="Descriptor">The stage-2 descriptor afterwards; null if it is not read.</param>
public sealed record CompiledAbortAct(
    ulong Address,
    int Report,
    StepHandle<RunResult> Run,
    StepHandle<AnswerResult> Answer,
    StepHandle<GetRegistersResult> Registers,
    StepHandle<Stage2Result>? Descriptor
);

/// <summary>The steps of one act of a case about memory tags.</summary>
/// <param name="Call">A call of which only the errno is known; null for the others.</param>
public sealed record CompiledTags(StepHandle? Call)
{
    public StepHandle<CopyTagsResult>? Copy { get; init; }

    public StepHandle<DirtyLogResult>? Log { get; init; }

    /// <summary>The guest's run, with the number of its report, and the registers then.</summary>
    public StepHandle<RunResult>? Run { get; init; }

    public int Report { get; init; }

    public StepHandle<GetRegistersResult>? Registers { get; init; }
}

/// <summary>
/// The steps of one act of a case about a full ring; none for one that only changes what the next does.
/// </summary>
public sealed record CompiledRing
{
    public StepHandle<RunResult>? Run { get; init; }

    /// <summary>The registers after the run.</summary>
    public StepHandle<GetRegistersResult>? Registers { get; init; }

    public StepHandle<RingResult>? Read { get; init; }

    public StepHandle<ResetRingsResult>? Reset { get; init; }
}
