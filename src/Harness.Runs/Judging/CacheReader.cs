using Harness.Cases;
using Harness.Model;
using Harness.Model.Caches;
using Harness.Model.Outcomes;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes the acts of a case about caches.</summary>
internal sealed class CacheReader(Decoding decoding, ObservationReader accesses)
{
    /// <summary>Of X17, for LDXR and STXR: it never stored.</summary>
    private const ulong NeverStored = 1ul << 32;

    // Fault status codes, Arm ARM D24.2.40 (ESR_EL1).
    private const uint ExternalAbort = 0x10;
    private const uint NoExclusives = 0x35;

    /// <summary>What each act did, and the descriptors that were read after it.</summary>
    /// <param name="compiled">The case, as compiled for the host.</param>
    /// <param name="observation">The results.</param>
    /// <exception cref="UnreadableObservationException">The observation ends before the case does.</exception>
    public (IReadOnlyList<CachePart> Acts, IReadOnlyList<ReadDescriptor> Descriptors) Read(
        CompiledCase compiled,
        Observation observation
    )
    {
        var c = (CacheCase)compiled.Case;
        var parts = new List<CachePart>();
        var descriptors = new List<ReadDescriptor>();
        for (int i = 0; i < compiled.CacheActs.Count; i++)
        {
            var part = Of(c, c.Acts.Span[i], i, compiled.CacheActs[i], observation, out var descriptor);
            parts.Add(part);
            if (descriptor is { } read && (descriptors.Count == 0 || descriptors[^1].Descriptor != read))
                descriptors.Add(new ReadDescriptor($"{i + 1} {part.Act}", read));
            if (part.Access is { Kind: OutcomeKind.Stalls })
                break;
        }
        return (parts, descriptors);
    }

    private CachePart Of(
        CacheCase c,
        CacheAct act,
        int index,
        CompiledAct step,
        Observation observation,
        out StageTwoDescriptor? descriptor
    )
    {
        descriptor = null;
        var part = new CachePart(CacheText.Acts.Of(act), null, Errno.None, CacheWords.None);
        if (step.Access is { } compiled)
            return OfGuest(
                c,
                act,
                step.Report,
                part,
                AccessResults.Of(compiled, observation) ?? throw Ended(index),
                out descriptor
            );
        if (step.Line is not { } line)
            return part with { Errno = ChangeReader.ErrnoOf(step.Calls, observation) };
        var result = observation.Find(line) ?? throw Ended(index);
        return act != CacheAct.HostLoad
            ? part
            : part with
            {
                Words = CacheCase.NameOf(
                    result.Value ?? throw new UnreadableObservationException("the process's load has no word")
                ),
            };
    }

    private CachePart OfGuest(
        CacheCase c,
        CacheAct act,
        int report,
        CachePart part,
        AccessResults results,
        out StageTwoDescriptor? descriptor
    )
    {
        descriptor = null;
        var outcome = accesses.OutcomeOf(
            decoding.Sizes.SlotSize(c.Setting.Extent),
            act.Access(),
            report,
            new AccessTarget(results.Page, CacheCase.GuestWord),
            results
        );
        bool refused = act.IsExclusive() && IsRefused(outcome, results);
        if (outcome.Kind != OutcomeKind.Mapped && !refused)
            return part with { Access = outcome };
        var left = ChangeReader.Left(decoding, results.Descriptor, out descriptor);
        return part with
        {
            Access = left ?? Outcome.Mapped(default),
            LeafKnown = left is not null,
            Words =
                refused ? CacheWords.Refused
                : act.Reads() ? WordOf(act, results)
                : CacheWords.None,
        };
    }

    /// <summary>An instruction that isn't one of the three words ends in an exception.</summary>
    private static CacheWords WordOf(CacheAct act, AccessResults results)
    {
        ulong read = results.Registers[GuestRegister.X17];
        return (results.Run.Data & GuestRun.StatusMask) == GuestRun.Excepted ? CacheWords.Other
            : act == CacheAct.GuestExclusive && (read & NeverStored) != 0 ? CacheWords.Refused
            : CacheCase.NameOf((uint)read);
    }

    private static bool IsRefused(Outcome outcome, AccessResults results) =>
        outcome switch
        {
            { Kind: OutcomeKind.RunFails, Errno: Errno.EFAULT, ReportsFault: false } => true,
            { Kind: OutcomeKind.GuestDataAbort } => ((uint)results.Registers[GuestRegister.X10] & 0x3f)
                is ExternalAbort
                    or NoExclusives,
            _ => false,
        };

    private static UnreadableObservationException Ended(int index) =>
        new($"the observation ends before act {index + 1} of the case");
}
