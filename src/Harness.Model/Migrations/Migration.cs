using Harness.Model.Validity;

namespace Harness.Model.Migrations;

/// <summary>A VM that is migrated from one host to another, and how its VMM does it.</summary>
/// <param name="Case">The memory behind the slot, and the slot: its one access is the guest's first store.</param>
public sealed record Migration(AccessCase Case)
{
    /// <summary>
    /// Memory is sent while the guest still runs, and dirtied pages are sent again: by the dirty log.
    /// </summary>
    public bool PreCopy { get; init; }

    /// <summary>
    /// The VMM compares the capabilities that it relied on before it creates anything; else it tries, and may fail.
    /// </summary>
    public bool ChecksCapabilities { get; init; }

    /// <summary>The VMM fails on any refused register; else it reports refused registers and continues.</summary>
    public bool AllRegisters { get; init; }

    /// <summary>The IPA size passed to KVM_CREATE_VM; 0 for the default of 40 bits.</summary>
    public int IpaBits { get; init; }

    /// <summary>The VM's IPA size; KVM_PHYS_SHIFT, arch/arm64/include/asm/kvm_arm.h, if none is requested.</summary>
    public int PhysicalBits => IpaBits == 0 ? 40 : IpaBits;

    /// <summary>
    /// The migration of a case's memory and slot; the migration's own guest replaces the case's accesses.
    /// </summary>
    public static Migration Of(AccessCase c) => new(c with { Sequence = new AccessList(Access.Write) });

    /// <summary>
    /// What happens on the source: the guest stores; then, for pre-copy, dirty logging is enabled and it stores again.
    /// </summary>
    public AccessCase OnSource =>
        PreCopy
            ? Case with
            {
                Sequence = new AccessList(Access.Write, Access.Write),
                Change = new LiveChange(ChangeKind.LogOn),
            }
            : Case;

    /// <summary>
    /// What happens on the destination: the VMM has written the content; the guest loads, and stores again.
    /// </summary>
    public AccessCase OnDestination =>
        Case with
        {
            Sequence = new AccessList(Access.Read, Access.Write),
            Restored = true,
        };

    /// <summary>The whole content as one line.</summary>
    public string Key =>
        $"{Case.Key} moved"
        + (PreCopy ? " pre-copy" : "")
        + (ChecksCapabilities ? " asks" : "")
        + (AllRegisters ? " all-registers" : "")
        + (IpaBits == 0 ? "" : $" ipa={IpaBits}");

    /// <summary>See <see cref="CaseId"/>.</summary>
    public string Id => CaseId.Of(Key);

    /// <summary>Why no VMM can migrate such a VM; null if one can.</summary>
    public string? UnsupportedReason => MigrationRestrictions.All.Against(this);

    public override string ToString() => Key;
}
