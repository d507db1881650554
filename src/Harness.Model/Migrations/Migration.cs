using System.Security.Cryptography;
using System.Text;
using Harness.Model.Validity;

namespace Harness.Model.Migrations;

/// <summary>A VM that is moved from one host to another, and how its VMM goes about it.</summary>
/// <param name="Case">The memory behind the slot, and the slot: its one access is the store by which the guest
/// begins.</param>
public sealed record Migration(AccessCase Case)
{
    /// <summary>
    /// Memory travels while the guest still runs, and what it dirties meanwhile again: by the dirty log.
    /// </summary>
    public bool PreCopy { get; init; }

    /// <summary>
    /// Before it makes anything, the VMM compares the capabilities that it relied on; else it tries, and may fail.
    /// </summary>
    public bool Asks { get; init; }

    /// <summary>The VMM insists on every register; else it names those that were refused, and goes on.</summary>
    public bool AllRegisters { get; init; }

    /// <summary>
    /// Bits of guest physical addresses that KVM_CREATE_VM is asked for; 0 for the 40 of a VM that asks for none.
    /// </summary>
    public int IpaBits { get; init; }

    /// <summary>
    /// How many bits the VM has; KVM_PHYS_SHIFT, arch/arm64/include/asm/kvm_arm.h, where none are asked for.
    /// </summary>
    public int PhysicalBits => IpaBits == 0 ? 40 : IpaBits;

    /// <summary>
    /// The same memory and slot as in any case, with what this one's guest does in place of its own accesses.
    /// </summary>
    public static Migration Of(AccessCase c) => new(c with { Sequence = new AccessList(Access.Write) });

    /// <summary>
    /// What happens on the source: the guest stores; then, perhaps, dirty logging is switched on, and it stores again.
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
    /// What happens on the destination: the VMM has stored the content; the guest loads, and stores again.
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
        + (Asks ? " asks" : "")
        + (AllRegisters ? " all-registers" : "")
        + (IpaBits == 0 ? "" : $" ipa={IpaBits}");

    /// <summary>The first 48 bits of the SHA-256 of <see cref="Key"/>, in hex.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)).AsSpan(0, 6));

    /// <summary>Why no VMM can move such a VM, or null where one can.</summary>
    public string? UnsupportedReason => MigrationRestrictions.All.Against(this);

    public override string ToString() => Key;
}
