using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>What the results of a guest's run mean, whatever the guest did.</summary>
internal static class GuestRun
{
    public const uint ExitUnknown = 0; // KVM_EXIT_UNKNOWN, include/uapi/linux/kvm.h
    public const uint ExitMmio = 6; // KVM_EXIT_MMIO
    public const uint ExitInterrupted = 10; // KVM_EXIT_INTR
    public const uint ExitMemoryFault = 39; // KVM_EXIT_MEMORY_FAULT
    public const ulong StatusMask = 0xff00; // of a guest's report
    public const ulong Finished = 0x100;
    public const ulong Excepted = 0x200;
    private const int Eintr = 4;

    /// <summary>It was interrupted: the guest makes no progress.</summary>
    public static bool TimedOut(StepResult step) =>
        step is RunResult { Errno: Eintr, Timeout: true } or AnswerResult { Errno: Eintr, Timeout: true };

    /// <exception cref="UnreadableObservationException">The exit is without its address.</exception>
    public static MmioRequest MmioOf(RunResult run) =>
        run is { Address: { } address, Write: { } write, Length: { } length, Data: { } data }
            ? new MmioRequest(address, write, (int)length, data)
            : throw new UnreadableObservationException("the guest's run has a KVM_EXIT_MMIO without its address");

    /// <summary>
    /// A description of the KVM_EXIT_MEMORY_FAULT if it is not about the page under test; null if it is.
    /// </summary>
    public static string? OtherFault(RunResult run, ulong page, Decoding decoding)
    {
        var exit = new MemoryFaultExit(run.Address ?? 0, run.Size ?? 0, run.Flags ?? 0);
        var right = MemoryFaultExit.Of(page, decoding.PageSize);
        return exit == right ? null : $"KVM_EXIT_MEMORY_FAULT of {exit}, where it is {right}";
    }

    /// <summary>The descriptor that the stage-2 walk found, a leaf or not.</summary>
    /// <exception cref="UnreadableObservationException">The walk has no result.</exception>
    public static StageTwoDescriptor Found(Stage2Result read) =>
        read is { Descriptor: { } descriptor, Level: { } level }
            ? new StageTwoDescriptor(descriptor, level)
            : throw new UnreadableObservationException(
                "stage 2 was walked, and the observation doesn't have the result"
            );
}
