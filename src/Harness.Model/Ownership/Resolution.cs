namespace Harness.Model.Ownership;

/// <summary>Resolves a guest access to its page in one system.</summary>
public delegate Resolution Resolver(in TransitionContext m);

/// <summary>
/// How a guest's access is resolved: guest address, guest tables, private or shared, memslot, backing (Lutomirski,
/// 2022-03-31, on [PATCH v5 00/13] KVM: mm: fd-based approach for supporting KVM guest private memory).
/// </summary>
/// <param name="Private">Whether the access is private; null if nothing determines that yet.</param>
/// <param name="By">How that is determined.</param>
/// <param name="Slots">The memslots that may match; at most one unless the system is ambiguous.</param>
/// <param name="Backing">The memory behind the one that matches.</param>
public sealed record Resolution(bool? Private, ObservableAs By, IReadOnlyList<string> Slots, string Backing)
{
    /// <summary>One line per step.</summary>
    public IReadOnlyList<string> Lines =>
        [
            $"guest tables: {Translation}",
            $"private or shared: {(Private switch { true => "private", false => "shared", null => "open" })}, {Reason}",
            $"memslot: {(Slots.Count == 0 ? "none" : string.Join(", or ", Slots))}{(Slots.Count > 1 ? ": ambiguous" : "")}",
            $"backing: {Backing}",
        ];

    private string Translation =>
        By switch
        {
            ObservableAs.AddressBit =>
                "the guest's address is translated to a guest physical address with one bit that is not part of the address",
            ObservableAs.TableBit =>
                "the guest's address is translated to a guest physical address, and the entry has an additional bit",
            _ => "the guest's address is translated to a guest physical address, without further information",
        };

    private string Reason =>
        By switch
        {
            ObservableAs.AddressBit => "by a bit of the address",
            ObservableAs.TableBit => "by a bit of the guest's table entry",
            ObservableAs.HypervisorState => "by the hypervisor's state of the page",
            ObservableAs.FileFlag => "by the flag that the guest_memfd was made with",
            _ => "since nothing is private",
        };
}
