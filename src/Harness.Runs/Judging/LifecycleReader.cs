using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes the results of the operations of a lifecycle.</summary>
internal sealed class LifecycleReader(Decoding decoding)
{
    private const int OperationReportLength = 8; // the status and what the operation found
    private const uint UndefinedInstruction = 0; // ESR_EL1.EC: the page holds zeroes, which are UDF #0

    /// <summary>The operations with a result, up to the first that a guest can't reach any more.</summary>
    public ObservedCase Read(CompiledLifecycle lifecycle, Observation observation)
    {
        var operations = new List<ObservedOperation>();
        bool guestEnded = false,
            otherEnded = false;
        int guestOperations = 0,
            otherOperations = 0;
        foreach (var operation in lifecycle.Operations)
        {
            bool ofGuest = IsGuests(operation.Operation);
            if (
                !IsAnswered(operation, observation)
                || (ofGuest && guestEnded)
                || (operation.Operation == Operation.OtherLoad && otherEnded)
            )
                break;
            var outcome = ReadOperation(operation, observation, ofGuest ? guestOperations : otherOperations);
            operations.Add(
                new ObservedOperation(operation.Operation, outcome)
                {
                    Descriptor = DescriptorOf(operation, observation),
                }
            );
            if (operation.Operation == Operation.OtherLoad)
                (otherEnded, otherOperations) = (outcome is { EndsGuest: true }, otherOperations + 1);
            else if (ofGuest)
                (guestEnded, guestOperations) = (outcome is { EndsGuest: true }, guestOperations + 1);
        }
        return new ObservedCase(Errno.None, []) { Operations = operations, Left = Left(lifecycle, observation) };
    }

    private static bool IsAnswered(CompiledOperation operation, Observation observation) =>
        observation.Find(operation.Step) is not null
        || (operation.First is { } first && observation.Find(first) is not null);

    private static StageTwoDescriptor? DescriptorOf(CompiledOperation operation, Observation observation) =>
        operation.Descriptor is { } step && observation.Find(step) is { Errno: 0, Valid: true } read
            ? GuestRun.Found(read)
            : null;

    private static bool IsGuests(Operation operation) =>
        operation is >= Operation.GuestLoad and <= Operation.GuestUnshare or Operation.GuestLdp;

    private OperationOutcome? ReadOperation(CompiledOperation operation, Observation observation, int index)
    {
        if (operation.Counters is var (before, after))
            return Destroyed(observation.Find(before), observation.Find(after), operation.Vms);
        // Of two calls the first failure is the result.
        var result =
            operation.First is { } call && observation.Find(call) is { Errno: not 0 } failed
                ? failed
                : observation.Find(operation.Step);
        return result switch
        {
            null => throw new UnreadableObservationException(
                $"the observation ends within an operation, before step {operation.Step.Index}"
            ),
            RunResult run => Ran(operation.Operation, run, index),
            { Errno: not 0 } => OperationOutcome.Refused((Errno)result.Errno),
            TouchResult { Signal: { } signal, Code: var code } => Signalled(signal, code ?? 0),
            TouchResult { Value: { } word } when operation.Operation == Operation.Load => Seen(word),
            CopyResult { Value: { } word } => Seen(word),
            PeekResult { Value: { } word } => Seen(word),
            TouchResult or CopyResult or PeekResult when operation.Operation != Operation.Store =>
                throw new UnreadableObservationException($"{result.Op} read no word"),
            _ => OperationOutcome.Done,
        };
    }

    private OperationOutcome Ran(Operation operation, RunResult run, int index)
    {
        if (GuestRun.TimedOut(run))
            return OperationOutcome.Loops;
        uint exit = run.Exit ?? GuestRun.ExitUnknown;
        if (run.Errno != 0)
            return exit != GuestRun.ExitMemoryFault ? OperationOutcome.RunFails((Errno)run.Errno)
                : GuestRun.OtherFault(run, CaseLayout.TestAddress, decoding) is { } odd
                    ? OperationOutcome.Unforeseen($"KVM_RUN fails with {(Errno)run.Errno}, {odd}")
                : OperationOutcome.MemoryFault((Errno)run.Errno);
        if (exit != GuestRun.ExitMmio)
            return OperationOutcome.Unforeseen($"KVM exit reason {exit}");
        var request = GuestRun.MmioOf(run);
        if (
            request
            == MmioRequest.Of(
                operation == Operation.GuestStore ? Access.Write : Access.Read,
                CaseLayout.TestAddress,
                GuestProgram.GuestWord
            )
        )
            return OperationOutcome.MmioExit;
        if (request is not { Address: CaseLayout.ReportAddress, Write: true, Length: OperationReportLength })
            return OperationOutcome.Unforeseen($"KVM_EXIT_MMIO for {request}");
        ulong report = request.Data;
        uint status = (uint)report & (uint)GuestRun.StatusMask,
            value = (uint)(report >> 32);
        if (((uint)report & ~(uint)GuestRun.StatusMask) != (uint)index)
            throw new UnreadableObservationException($"the guest reported 0x{report:x} for its operation {index}");
        if (status == GuestRun.Excepted)
            return operation == Operation.GuestFetch && value >> 26 == UndefinedInstruction
                ? OperationOutcome.Sees(Contents.Zero)
                : OperationOutcome.GuestAborts;
        return operation switch
        {
            Operation.GuestStore => OperationOutcome.Done,
            Operation.GuestShare or Operation.GuestUnshare => value == 0
                ? OperationOutcome.Done
                : OperationOutcome.HypercallFails((int)value),
            _ => Seen(value),
        };
    }

    private static OperationOutcome Seen(ulong word) =>
        word switch
        {
            0 => OperationOutcome.Sees(Contents.Zero),
            GuestProgram.HostWord => OperationOutcome.Sees(Contents.Host),
            GuestProgram.GuestWord => OperationOutcome.Sees(Contents.Guest),
            _ => OperationOutcome.Unforeseen($"sees 0x{word:x}, which was never stored"),
        };

    private static OperationOutcome Signalled(int signal, int code) =>
        (signal, code) switch
        {
            (7, 2) => OperationOutcome.Signalled(Signal.BusAddress),
            (11, 1) => OperationOutcome.Signalled(Signal.SegvMap),
            (11, 2) => OperationOutcome.Signalled(Signal.SegvAccess),
            _ => OperationOutcome.Unforeseen($"signal {signal}, code {code}"),
        };

    /// <summary>
    /// Whether the number of the probe's VMs dropped by those that were closed; null if they can't be counted.
    /// </summary>
    private static OperationOutcome? Destroyed(CountersResult? before, CountersResult? after, int closed) =>
        before is not { Vms: { } were } || after is not { Vms: { } left } ? null
        : were - left >= closed ? OperationOutcome.Done
        : OperationOutcome.Pinned;

    /// <summary>
    /// The counters that are not back at their old values after everything was closed; null if all are, or the program
    /// didn't get that far.
    /// </summary>
    private static string? Left(CompiledLifecycle lifecycle, Observation observation)
    {
        if (observation.Find(lifecycle.Before) is not { } before || observation.Find(lifecycle.After) is not { } after)
            return null;
        // Counters of the probe's own process, which no other process changes.
        (string Name, long? More)[] kept =
        [
            ("vms", after.Vms - before.Vms),
            ("descriptors", after.Descriptors - before.Descriptors),
            ("mappings", after.Mappings - before.Mappings),
        ];
        string[] more = [.. kept.Where(k => k.More > 0).Select(k => $"{k.More} {k.Name}")];
        return more.Length == 0 ? null : string.Join(", ", more);
    }
}
