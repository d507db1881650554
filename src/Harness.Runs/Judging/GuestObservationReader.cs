using Harness.Cases.Guest;
using Harness.Model;

namespace Harness.Runs.Judging;

/// <summary>Decodes a guest's report of its operation, without any expectation.</summary>
internal static class GuestObservationReader
{
    private const int UndefinedClass = 0x00; // Arm ARM, ESR_EL1.EC
    private const int InstructionAbort = 0x21;
    private const int DataAbort = 0x25;

    /// <summary>The operation ended without an exception.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="result">What it left in X17.</param>
    public static GuestObservation Finished(GuestOperation operation, ulong result)
    {
        return operation switch
        {
            // Arm ARM, PAR_EL1: F is bit 0, ATTR bits 63:56.
            GuestOperation.Translate => (result & 1) != 0
                ? new GuestObservation(GuestResult.NoTranslation)
                : new GuestObservation(GuestResult.Works, (byte)(result >> 56)),
            GuestOperation.Walk when (uint)result != StageOneTables.WalkedValue => new GuestObservation(
                GuestResult.WrongValue,
                Text: $"the load through the page reads 0x{(uint)result:x}"
            ),
            GuestOperation.ExclusivePair when result != 0 => new GuestObservation(GuestResult.NoEffect),
            _ => new GuestObservation(GuestResult.Works),
        };
    }

    /// <summary>
    /// The exception that the operation took; null for the one that KVM injects for stage 2: the external abort of a
    /// fetch.
    /// </summary>
    /// <param name="syndrome">ESR_EL1.</param>
    /// <param name="atPage">ELR_EL1 is the page's address.</param>
    public static GuestObservation? Excepted(GuestOperation operation, uint syndrome, bool atPage)
    {
        int exceptionClass = (int)(syndrome >> 26);
        int status = (int)syndrome & 0x3f;
        return (exceptionClass, status) switch
        {
            (UndefinedClass, _) when operation == GuestOperation.Execute && atPage => new GuestObservation(
                GuestResult.Works
            ),
            (UndefinedClass, _) => new GuestObservation(GuestResult.Undefined),
            (InstructionAbort, 0x10) when atPage => null,
            (InstructionAbort, 0x0d or 0x0e or 0x0f) when atPage => new GuestObservation(GuestResult.FetchRefused),
            (DataAbort, 0x21) => new GuestObservation(GuestResult.AlignmentFault),
            (DataAbort, 0x35) => new GuestObservation(GuestResult.ExclusiveFault),
            (DataAbort, 0x10) => new GuestObservation(GuestResult.ExternalAbort),
            _ => new GuestObservation(
                GuestResult.Other,
                Text: $"exception EC 0x{exceptionClass:x2}, FSC 0x{status:x2}"
            ),
        };
    }
}
