using Harness.Cases;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>The results of the steps of one access.</summary>
internal sealed class AccessResults
{
    // Documentation/admin-guide/mm/pagemap.rst
    private const ulong Present = 1ul << 63;
    private const ulong FrameBits = (1ul << 55) - 1;

    private readonly GetRegistersResult? _registers;

    private AccessResults(
        ulong page,
        RunResult run,
        GetRegistersResult? registers,
        TraceResult? trace,
        Stage2Result? descriptor
    ) => (Page, Run, _registers, Trace, Descriptor) = (page, run, registers, trace, descriptor);

    /// <summary>The guest physical address of the page under test.</summary>
    public ulong Page { get; }

    public RunResult Run { get; }

    public TraceResult? Trace { get; }

    public Stage2Result? Descriptor { get; }

    /// <summary>See <see cref="CompiledAccess.Accessed"/>.</summary>
    public ulong Accessed { get; private init; }

    /// <summary>
    /// The frame of the accessed page in the process; null if it is not known, or was not the same before and after the
    /// descriptor was read.
    /// </summary>
    public ulong? Frame { get; private init; }

    /// <summary>The guest's registers after the run.</summary>
    /// <exception cref="UnreadableObservationException">They were not read.</exception>
    public GetRegistersResult Registers =>
        _registers is { Errno: 0 }
            ? _registers
            : throw new UnreadableObservationException("the guest's registers can't be read");

    /// <summary>Null if the guest was not run.</summary>
    /// <exception cref="ProtocolException">The observation is of another program.</exception>
    public static AccessResults? Of(CompiledAccess access, Observation observation) =>
        observation.Find(access.Run) is not { } run
            ? null
            : new AccessResults(
                access.Page,
                run,
                observation.Find(access.Registers),
                access.Trace is { } trace ? observation.Find(trace) : null,
                access.Descriptor is { } descriptor ? observation.Find(descriptor) : null
            )
            {
                Accessed = access.Accessed,
                Frame = access.Frames is { } frames
                    ? FrameOf(observation.Find(frames.Before), observation.Find(frames.After))
                    : null,
            };

    private static ulong? FrameOf(FrameResult? before, FrameResult? after) =>
        before is { Errno: 0, Entry: { } entry }
        && (entry & Present) != 0
        && (entry & FrameBits) is not 0 and var frame
        && after is { Errno: 0, Entry: { } again }
        && (again & (Present | FrameBits)) == (entry & (Present | FrameBits))
            ? frame
            : null;
}
