using Harness.Model.Dimensions;

namespace Harness.Model.Aborts;

/// <summary>What is behind the address. Each act has a page of its own there.</summary>
public enum AbortPlace : byte
{
    /// <summary>No slot.</summary>
    None,

    /// <summary>A slot of anonymous memory.</summary>
    Plain,

    /// <summary>A READONLY slot of anonymous memory.</summary>
    ReadOnly,

    /// <summary>The same, after a load that has mapped the page.</summary>
    ReadOnlyMapped,

    /// <summary>A slot of anonymous memory with KVM_MEM_LOG_DIRTY_PAGES.</summary>
    Logged,

    /// <summary>A slot of a driver's Device memory, VM_PFNMAP.</summary>
    Device,

    /// <summary>Beyond the VM's IPA size, of 36 bits, and not beyond the host's limit.</summary>
    BeyondVm,

    /// <summary>Beyond the host's limit of IPA sizes.</summary>
    BeyondLimit,
}

/// <summary>What userspace does at an exit that it must answer.</summary>
public enum AbortAnswer : byte
{
    /// <summary>Zeroes.</summary>
    Zero,

    /// <summary>A value with the sign set, whatever the width of the load.</summary>
    High,

    /// <summary>A value with the sign clear, whatever the width of the load.</summary>
    Low,

    /// <summary>KVM_SET_VCPU_EVENTS with ext_dabt_pending.</summary>
    Abort,

    /// <summary>The instruction is skipped.</summary>
    Skip,
}

/// <summary>An instruction of the guest at a place, and userspace's answer.</summary>
/// <param name="Instruction">The instruction; null: KVM_CAP_ARM_NISV_TO_USER is enabled on the VM.</param>
/// <param name="Place">What is behind its address.</param>
/// <param name="Answer">What userspace does if it exits.</param>
public readonly record struct AbortAct(AbortInstruction? Instruction, AbortPlace Place, AbortAnswer Answer)
{
    /// <summary>The name of the act that enables the capability.</summary>
    public const string NisvToUser = "nisv-to-user";

    /// <summary>What is in kvm_run.mmio.data for <see cref="AbortAnswer.High"/>.</summary>
    public const ulong HighValue = 0x8182_8384_8586_8788;

    /// <summary>What is in kvm_run.mmio.data for <see cref="AbortAnswer.Low"/>.</summary>
    public const ulong LowValue = 0x0112_2334_4556_6778;

    public static Words<AbortPlace> Places { get; } =
        new()
        {
            { AbortPlace.None, "none", "where no slot is" },
            { AbortPlace.Plain, "plain", "in a slot of anonymous memory" },
            { AbortPlace.ReadOnly, "ro", "in a READONLY slot" },
            { AbortPlace.ReadOnlyMapped, "ro-mapped", "in a READONLY slot, after a load from the page" },
            { AbortPlace.Logged, "log", "in a slot that is logged for dirty pages" },
            { AbortPlace.Device, "device", "in a slot of a driver's Device memory" },
            { AbortPlace.BeyondVm, "beyond-vm", "beyond the VM's IPA size" },
            { AbortPlace.BeyondLimit, "beyond-limit", "beyond the largest IPA size of the host" },
        };

    public static Words<AbortAnswer> Answers { get; } =
        new()
        {
            { AbortAnswer.Zero, "", "userspace returns zeroes" },
            { AbortAnswer.High, "high", "userspace returns a value with its sign set" },
            { AbortAnswer.Low, "low", "userspace returns a value with its sign clear" },
            { AbortAnswer.Abort, "abort", "userspace injects an external abort" },
            { AbortAnswer.Skip, "skip", "userspace skips the instruction" },
        };

    /// <summary>"ldrsb.none.high", as in keys.</summary>
    public string Name =>
        Instruction is { } instruction
            ? $"{AbortInstructions.All.Of(instruction)}.{Places.Of(Place)}{(Answer == AbortAnswer.Zero ? "" : $".{Answers.Of(Answer)}")}"
            : NisvToUser;

    /// <summary>What kvm_run.mmio.data has for a load.</summary>
    public ulong Data =>
        Answer switch
        {
            AbortAnswer.High => HighValue,
            AbortAnswer.Low => LowValue,
            _ => 0,
        };

    /// <summary>The act of a name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static AbortAct Parse(string name)
    {
        if (name == NisvToUser)
            return default;
        var parts = name.Split('.');
        return
            parts.Length is 2 or 3
            && AbortInstructions.All.Find(parts[0]) is { } instruction
            && Places.Find(parts[1]) is { } place
            && Answers.Find(parts.ElementAtOrDefault(2) ?? "") is { } answer
            ? new AbortAct(instruction, place, answer)
            : throw new ArgumentException($"'{name}' is not an act", nameof(name));
    }

    /// <summary>"LDRSB to 32 bits where no slot is; userspace returns a value with its sign set".</summary>
    public override string ToString() =>
        Instruction is { } instruction
            ? $"{AbortInstructions.All.PhraseOf(instruction)} {Places.PhraseOf(Place)}{(Answer == AbortAnswer.Zero ? "" : $"; {Answers.PhraseOf(Answer)}")}"
            : "KVM_CAP_ARM_NISV_TO_USER is enabled";
}
