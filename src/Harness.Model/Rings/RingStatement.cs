using Harness.Model.Programs;

namespace Harness.Model.Rings;

/// <summary>What decides acts about a full ring, and no other case.</summary>
public static class RingStatement
{
    private const string Ring = "virt/kvm/dirty_ring.c";

    /// <summary>Those of a policy that has rings.</summary>
    public static IReadOnlyList<Rule> All => [Full, Stays, Goes, Continues];

    public static Rule Full { get; } =
        ProgramRules.Stated(
            "dirty-ring-full",
            new Source(
                "kvm_dirty_ring_check_request",
                Ring,
                "6.2",
                "kvm_dirty_ring_soft_full(): dirty_index - reset_index >= soft_limit, which is 64 less than the ring's entries; before the guest is entered"
            ),
            "a vCPU whose ring has 64 entries left exits before its guest goes on, with the page mapped that the last entry is of"
        );

    public static Rule Stays { get; } =
        ProgramRules.Stated(
            "dirty-ring-stays-full",
            new Source(
                "kvm_dirty_ring_check_request",
                Ring,
                "6.2",
                "kvm_make_request(KVM_REQ_DIRTY_RING_SOFT_FULL, vcpu), again"
            ),
            "it exits again and again until entries are reset, whether or not they were read"
        );

    public static Rule Goes { get; } =
        ProgramRules.Stated(
            "dirty-ring-goes-on",
            new Source("kvm_dirty_ring_soft_full", Ring, "6.2", "reset_index has grown"),
            "after a reset the guest goes on where it was"
        );

    public static Rule Continues { get; } =
        ProgramRules.Stated(
            "dirty-ring-writable",
            new Source("kvm_dirty_ring_push", Ring, "6.2", "only from mark_page_dirty_in_slot(): on a fault"),
            "a store to a page that is writable adds no entry: it is dirty until the reset of its last one"
        );
}
