namespace Harness.Model;

/// <summary>How an operation of a guest ends, as the guest sees it.</summary>
[Flags]
public enum GuestResult : ushort
{
    None = 0,

    /// <summary>It works. For AT: there is a translation.</summary>
    Works = 1,

    /// <summary>A data abort in the guest, DFSC 0x21.</summary>
    AlignmentFault = 2,

    /// <summary>The fault goes to EL2, where KVM does not handle the FSC: KVM_RUN fails with EFAULT.</summary>
    RunFails = 4,

    /// <summary>A data abort in the guest, DFSC 0x35: no exclusives or atomics on such memory.</summary>
    ExclusiveFault = 8,

    /// <summary>A data abort in the guest, DFSC 0x10: the memory system refuses.</summary>
    ExternalAbort = 16,

    /// <summary>STXR never stores.</summary>
    NoEffect = 32,

    /// <summary>A permission fault of the guest's own tables: IFSC 0x0d to 0x0f.</summary>
    FetchRefused = 64,

    /// <summary>AT finds no translation: PAR_EL1.F is 1.</summary>
    NoTranslation = 128,

    /// <summary>The CPU does not implement the instruction.</summary>
    Undefined = 256,

    /// <summary>Anything else.</summary>
    Other = 512,

    /// <summary>A load completes and returns the wrong value.</summary>
    WrongValue = 1024,
}

/// <summary>What a guest observed of its operation.</summary>
/// <param name="End">One of the flags.</param>
/// <param name="Attribute">PAR_EL1.ATTR, after an AT that found a translation.</param>
/// <param name="Text">A description, for <see cref="GuestResult.Other"/>.</param>
public readonly record struct GuestObservation(GuestResult End, byte? Attribute = null, string? Text = null)
{
    public override string ToString() => Text ?? (Attribute is { } a ? $"PAR_EL1.ATTR 0x{a:x2}" : GuestText.Word(End));
}
