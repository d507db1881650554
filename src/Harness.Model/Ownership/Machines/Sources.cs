namespace Harness.Model.Ownership.Machines;

/// <summary>The files that machines refer to, and helpers for the effects of transitions.</summary>
internal static class Sources
{
    public const string KvmMain = "virt/kvm/kvm_main.c";
    public const string GuestMemfd = "virt/kvm/guest_memfd.c";
    public const string Mmu = "arch/arm64/kvm/mmu.c";
    public const string Mmio = "arch/arm64/kvm/mmio.c";
    public const string Arm = "arch/arm64/kvm/arm.c";
    public const string Pkvm = "arch/arm64/kvm/pkvm.c";
    public const string HypPkvm = "arch/arm64/kvm/hyp/nvhe/pkvm.c";
    public const string MemProtect = "arch/arm64/kvm/hyp/nvhe/mem_protect.c";
    public const string Fault = "arch/arm64/mm/fault.c";
    public const string Secretmem = "mm/secretmem.c";
    public const string Gup = "mm/gup.c";

    public static TransitionEffect Refuse(Errno errno) => (in _, ref _) => OperationOutcome.Refused(errno);

    public static TransitionEffect Fail(Errno errno) => (in _, ref _) => OperationOutcome.RunFails(errno);

    public static TransitionEffect Hypercall(int code) => (in _, ref _) => OperationOutcome.HypercallFails(code);

    public static TransitionEffect Raise(Signal signal) => (in _, ref _) => OperationOutcome.Signalled(signal);
}
