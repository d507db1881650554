namespace Harness.Protocol;

/// <summary>
/// Steps of a VM that moves: its registers and its memory as a VMM saves and restores them. Registers go by the ids of
/// KVM_GET_REG_LIST, sixteen hex digits ("603000000013c080"), and their values by their bytes in memory order, two hex digits
/// each, as many as KVM_REG_SIZE says. Pages go by their offset in the mapping, in bytes and decimal, and their content as base64.
/// </summary>
public static partial class Steps
{
    /// <summary>
    /// KVM_GET_REG_LIST, and KVM_GET_ONE_REG of each. Returns "registers", id by id in the list's order with their values, and
    /// "unreadable", the ids whose reading failed with their errnos.
    /// </summary>
    public static Step SaveRegisters(string vcpu, OnError onError = OnError.Fail) =>
        new("save-registers", Fields.Of(("vcpu", vcpu)), onError);

    /// <summary>
    /// KVM_SET_ONE_REG of each register in the order given. Returns "refused", the ids that were with their errnos; the step's own
    /// errno is 0. With <paramref name="all"/> the first that is refused ends the step with its errno, and is all that "refused"
    /// holds.
    /// </summary>
    /// <param name="registers">Ids with values, as <see cref="SaveRegisters"/> returns them.</param>
    /// <param name="all">Every register has to be accepted.</param>
    public static Step RestoreRegisters(string vcpu, Fields registers, bool all, OnError onError = OnError.End) =>
        new("restore-registers", Fields.Of(("vcpu", vcpu), ("registers", registers), ("all", all)), onError);

    /// <summary>
    /// KVM_ARM_GET_REG_WRITABLE_MASKS (6.7) of the ID registers. Returns "masks": by the register's id, the bits that userspace
    /// may change, those of no bit left out. The errno of older kernels is EINVAL, as of every ioctl of a VM's that arm64 does
    /// not know.
    /// </summary>
    public static Step RegisterMasks(string vm, OnError onError = OnError.Continue) =>
        new("register-masks", Fields.Of(("vm", vm)), onError);

    /// <summary>
    /// The probe reads memory through the process's own mapping. Returns "pages", those that hold anything but zeroes, and
    /// "pageSize" in bytes. A page that can't be read is EFAULT, with its "offset", and "signal" and "code" as of
    /// <see cref="Touch"/>: so for <see cref="DirtyPages"/> and <see cref="RestorePages"/>.
    /// </summary>
    /// <param name="offset">Where in the mapping, in bytes; a multiple of the host's page size, as <paramref name="size"/>.</param>
    public static Step SavePages(string map, ulong offset, ulong size, OnError onError = OnError.Fail) =>
        new("save-pages", Fields.Of(("map", map), ("offset", offset), ("size", size)), onError);

    /// <summary>
    /// KVM_GET_DIRTY_LOG of a slot that lies over <paramref name="size"/> bytes at mapping + offset, and what those pages hold
    /// that it tells. Returns "pages", zeroes or not, and "pageSize"; the offsets are in the mapping. What it told is not told
    /// again: the kernel clears the log with the call, also where a page can't be read then. The errno of a slot without a log
    /// is ENOENT.
    /// </summary>
    /// <param name="size">All of the slot, as it was registered.</param>
    public static Step DirtyPages(string vm, int slot, string map, ulong offset, ulong size, OnError onError = OnError.Fail) =>
        new("dirty-pages", Fields.Of(("vm", vm), ("slot", slot), ("map", map), ("offset", offset), ("size", size)), onError);

    /// <summary>
    /// The probe stores pages through the process's own mapping, in aligned stores of 64 bits: the mapping may be a device's.
    /// </summary>
    /// <param name="pages">
    /// As <see cref="SavePages"/> returns them, of a host's with whatever page size; each has to lie in the mapping. What is
    /// stored before one that can't be stays.
    /// </param>
    public static Step RestorePages(string map, Fields pages, OnError onError = OnError.Fail) =>
        new("restore-pages", Fields.Of(("map", map), ("pages", pages)), onError);

    /// <summary>
    /// KVM_RUN with immediate_exit set: what the last exit left to be done in the vCPU is done (Documentation/virt/kvm/api.rst,
    /// KVM_EXIT_MMIO), and the guest executes nothing. Its EINTR is this step's success; where the kernel returned 0 instead,
    /// "exit" is why. For a vCPU that had no run it counts as the first: what userspace may change of the VM's ID registers
    /// before that is settled then.
    /// </summary>
    public static Step Settle(string vcpu, OnError onError = OnError.Fail) => new("settle", Fields.Of(("vcpu", vcpu)), onError);
}
