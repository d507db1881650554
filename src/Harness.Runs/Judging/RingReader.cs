using Harness.Cases;
using Harness.Model;
using Harness.Model.Rings;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes the acts of a case about a full dirty ring.</summary>
internal sealed class RingReader(Decoding decoding)
{
    private const uint ExitRingFull = 31; // KVM_EXIT_DIRTY_RING_FULL

    /// <summary>What each act did.</summary>
    /// <exception cref="UnreadableObservationException">The observation ends before the case does.</exception>
    public IReadOnlyList<RingPart> Read(CompiledCase compiled, Observation observation)
    {
        var c = (RingCase)compiled.Case;
        var parts = new List<RingPart>();
        for (int i = 0; i < compiled.RingActs.Count; i++)
        {
            var part = new RingPart(c.Acts[i].Name);
            var steps = compiled.RingActs[i];
            parts.Add(
                steps.Run is { } run
                    ? OfRun(
                        part,
                        observation.Find(run) ?? throw Ended(part),
                        observation.Find(steps.Registers!.Value) ?? throw Ended(part)
                    )
                : steps.Read is { } read ? OfRing(part, observation.Find(read) ?? throw Ended(part))
                : steps.Reset is { } reset ? OfReset(part, observation.Find(reset) ?? throw Ended(part))
                : part
            );
            if (steps.Run is { } ran && GuestRun.TimedOut(observation.Find(ran)!)) // the vCPU is not run again
                break;
        }
        return parts;
    }

    private RingPart OfRun(RingPart part, RunResult run, GetRegistersResult registers)
    {
        if (GuestRun.TimedOut(run))
            return part with { Odd = Outcome.Stalls.ToString() };
        if (run.Errno != 0)
            return part with { Errno = (Errno)run.Errno };
        ulong at = registers[GuestRegister.X1] - CaseLayout.TestAddress;
        if (at % decoding.PageSize != 0 || at / decoding.PageSize > RingCase.Pages)
            throw new UnreadableObservationException($"the guest is 0x{at:x} bytes into its slot at {part.Act}");
        part = part with { Next = (int)(at / decoding.PageSize) };
        if (run.Exit == ExitRingFull)
            return part with { Full = true };
        bool reports =
            run is { Exit: GuestRun.ExitMmio, Address: CaseLayout.ReportAddress, Write: true, Data: GuestRun.Finished };
        return reports
            ? part
            : part with
            {
                Odd = $"KVM exit reason {run.Exit}{(run.Data is { } data ? $", 0x{data:x}" : "")}",
            };
    }

    private static RingPart OfRing(RingPart part, RingResult ring) =>
        ring.Errno != 0 ? part with { Errno = (Errno)ring.Errno }
        : (ring.Entries ?? throw Ended(part)).FirstOrDefault(e => e.Slot != CaseLayout.TestSlot) is { } other
            ? part with
            {
                Odd = $"an entry of slot {other.Slot}, page {other.Page}",
            }
        : part with { Read = RingPart.Ranges([.. ring.Entries!.Select(e => (int)e.Page)]) };

    private static RingPart OfReset(RingPart part, ResetRingsResult reset) =>
        reset.Errno != 0 ? part with { Errno = (Errno)reset.Errno } : part with { Reset = reset.Count };

    private static UnreadableObservationException Ended(RingPart part) =>
        new($"the observation ends before {part.Act}");
}
