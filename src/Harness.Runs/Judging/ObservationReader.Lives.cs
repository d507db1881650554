using Harness.Cases;
using Harness.Guest;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>What came of the acts of a page's life.</summary>
public sealed partial class ObservationReader
{
    private const int ActReportLength = 8; // the status and what the act found
    private const uint UndefinedInstruction = 0; // ESR_EL1.EC: the page holds zeroes, which are UDF #0

    /// <summary>The acts that were answered, up to the first that a guest can't come to any more.</summary>
    private ObservedCase ReadLife(CompiledLife life, Observation observation)
    {
        var acts = new List<ObservedAct>();
        bool guestEnded = false, otherEnded = false;
        int guestActs = 0, otherActs = 0;
        foreach (var act in life.Acts)
        {
            bool ofGuest = IsGuests(act.Act);
            if (!IsAnswered(act, observation) || (ofGuest && guestEnded) || (act.Act == Act.OtherLoad && otherEnded))
                break;
            var outcome = ReadAct(act, observation, ofGuest ? guestActs : otherActs);
            acts.Add(new ObservedAct(act.Act, outcome) { Descriptor = DescriptorOf(act, observation) });
            if (act.Act == Act.OtherLoad)
                (otherEnded, otherActs) = (outcome is { EndsGuest: true }, otherActs + 1);
            else if (ofGuest)
                (guestEnded, guestActs) = (outcome is { EndsGuest: true }, guestActs + 1);
        }
        return new ObservedCase(Errno.None, []) { Acts = acts, Left = Left(life, observation) };
    }

    private static bool IsAnswered(CompiledAct act, Observation observation) =>
        observation.Find(act.Step) is not null || (act.First is { } first && observation.Find(first) is not null);

    private static StageTwoDescriptor? DescriptorOf(CompiledAct act, Observation observation) =>
        act.Descriptor is { } step && observation.Find(step) is { Errno: 0, Valid: true } read ? Found(read) : null;

    private static bool IsGuests(Act act) => act is >= Act.GuestLoad and <= Act.GuestUnshare or Act.GuestLdp;

    private ActOutcome? ReadAct(CompiledAct act, Observation observation, int index)
    {
        if (act.Counters is var (before, after))
            return Destroyed(observation.Find(before), observation.Find(after), act.Vms);
        // Of two calls the first that fails has the word.
        var result = act.First is { } call && observation.Find(call) is { Errno: not 0 } failed ? failed : observation.Find(act.Step);
        return result switch
        {
            null => throw new UnreadableObservationException($"the observation ends within an act, before step {act.Step.Index}"),
            RunResult run => Ran(act.Act, run, index),
            { Errno: not 0 } => ActOutcome.Refused((Errno)result.Errno),
            TouchResult { Signal: { } signal, Code: var code } => Signalled(signal, code ?? 0),
            TouchResult { Value: { } word } when act.Act == Act.Load => Seen(word),
            CopyResult { Value: { } word } => Seen(word),
            PeekResult { Value: { } word } => Seen(word),
            TouchResult or CopyResult or PeekResult when act.Act != Act.Store => throw new UnreadableObservationException($"{result.Op} read no word"),
            _ => ActOutcome.Done,
        };
    }

    private ActOutcome Ran(Act act, RunResult run, int index)
    {
        if (TimedOut(run))
            return ActOutcome.Loops;
        uint exit = run.Exit ?? ExitUnknown;
        if (run.Errno != 0)
            return exit != ExitMemoryFault ? ActOutcome.RunFails((Errno)run.Errno)
                : Wanted(run) is { } odd ? ActOutcome.Unforeseen($"KVM_RUN fails with {(Errno)run.Errno}, {odd}")
                : ActOutcome.MemoryFault((Errno)run.Errno);
        if (exit != ExitMmio)
            return ActOutcome.Unforeseen($"KVM exit reason {exit}");
        var asked = Asked(run);
        if (asked == MmioRequest.Of(act == Act.GuestStore ? Access.Write : Access.Read, CaseLayout.TestAddress, GuestProgram.GuestWord))
            return ActOutcome.MmioExit;
        if (asked is not { Address: CaseLayout.ReportAddress, Write: true, Length: ActReportLength })
            return ActOutcome.Unforeseen($"KVM_EXIT_MMIO for {asked}");
        ulong report = asked.Data;
        uint status = (uint)report & (uint)StatusMask, value = (uint)(report >> 32);
        if (((uint)report & ~(uint)StatusMask) != (uint)index)
            throw new UnreadableObservationException($"the guest reported 0x{report:x} for its act {index}");
        if (status == Excepted)
            return act == Act.GuestFetch && value >> 26 == UndefinedInstruction ? ActOutcome.Sees(Contents.Zero) : ActOutcome.GuestAborts;
        return act switch
        {
            Act.GuestStore => ActOutcome.Done,
            Act.GuestShare or Act.GuestUnshare => value == 0 ? ActOutcome.Done : ActOutcome.HypercallFails((int)value),
            _ => Seen(value),
        };
    }

    private static ActOutcome Seen(ulong word) => word switch
    {
        0 => ActOutcome.Sees(Contents.Zero),
        GuestProgram.HostWord => ActOutcome.Sees(Contents.Host),
        GuestProgram.GuestWord => ActOutcome.Sees(Contents.Guest),
        _ => ActOutcome.Unforeseen($"sees 0x{word:x}, which nobody stored"),
    };

    private static ActOutcome Signalled(int signal, int code) => (signal, code) switch
    {
        (7, 2) => ActOutcome.Signalled(Signal.BusAddress),
        (11, 1) => ActOutcome.Signalled(Signal.SegvMap),
        (11, 2) => ActOutcome.Signalled(Signal.SegvAccess),
        _ => ActOutcome.Unforeseen($"signal {signal}, code {code}"),
    };

    /// <summary>Whether the VMs of the probe's are fewer by those that were closed; null where they can't be counted.</summary>
    private static ActOutcome? Destroyed(CountersResult? before, CountersResult? after, int closed) =>
        before is not { Vms: { } were } || after is not { Vms: { } left } ? null
        : were - left >= closed ? ActOutcome.Done
        : ActOutcome.Pinned;

    /// <summary>What is not back where it was, when all is closed; null where all is, or the program didn't get so far.</summary>
    private static string? Left(CompiledLife life, Observation observation)
    {
        if (observation.Find(life.Before) is not { } before || observation.Find(life.After) is not { } after)
            return null;
        // Of the probe's own process: nobody else moves these.
        (string Name, long? More)[] kept =
            [("vms", after.Vms - before.Vms), ("descriptors", after.Descriptors - before.Descriptors), ("mappings", after.Mappings - before.Mappings)];
        string[] more = [.. kept.Where(k => k.More > 0).Select(k => $"{k.More} {k.Name}")];
        return more.Length == 0 ? null : string.Join(", ", more);
    }
}
