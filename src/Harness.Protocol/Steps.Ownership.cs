namespace Harness.Protocol;

/// <summary>
/// Steps that ask who may reach a page. An error is an observation here, and so is a signal: the program goes on after both,
/// unless said otherwise.
/// </summary>
public static partial class Steps
{
    /// <summary>
    /// The probe's own process loads, or stores, the 32-bit word at mapping + offset, by one plain instruction. Returns "value",
    /// the word loaded or stored; or, where the kernel sent a signal instead, "signal" (SIGBUS is 7, SIGSEGV 11), "code"
    /// (si_code: SEGV_MAPERR is 1 and SEGV_ACCERR 2, BUS_ADRERR is 2) and "address" (si_addr), with an errno of 0. ENOSYS on
    /// CPUs other than arm64 and x86-64.
    /// </summary>
    /// <param name="map">A mapping, whatever its protection; not one that is unmapped.</param>
    /// <param name="offset">A multiple of 4 inside the mapping, in bytes.</param>
    /// <param name="store">The word to store; null loads.</param>
    public static Step Touch(string map, ulong offset, uint? store = null, OnError onError = OnError.Continue) =>
        new("touch", Fields.Of(("map", map), ("offset", offset), ("store", store)), onError);

    /// <summary>
    /// write(2) of the 32-bit word at mapping + offset into a pipe, which reads it by the kernel's copy_from_user(). Returns
    /// "value".
    /// </summary>
    /// <param name="map">As for <see cref="Touch"/>.</param>
    /// <param name="offset">As for <see cref="Touch"/>.</param>
    public static Step Copy(string map, ulong offset, OnError onError = OnError.Continue) =>
        new("copy", Fields.Of(("map", map), ("offset", offset)), onError);

    /// <summary>
    /// pread(2) of the 32-bit word at mapping + offset from /proc/self/mem: the kernel takes hold of the page and reads it by
    /// its own address. Returns "value".
    /// </summary>
    /// <param name="map">As for <see cref="Touch"/>.</param>
    /// <param name="offset">As for <see cref="Touch"/>.</param>
    public static Step Peek(string map, ulong offset, OnError onError = OnError.Continue) =>
        new("peek", Fields.Of(("map", map), ("offset", offset)), onError);

    /// <summary>fallocate(2).</summary>
    /// <param name="fd">An open file.</param>
    /// <param name="mode">FALLOC_FL_*: KEEP_SIZE is 1, PUNCH_HOLE 2, COLLAPSE_RANGE 8, ZERO_RANGE 16.</param>
    public static Step Fallocate(string fd, int mode, ulong offset, ulong size, OnError onError = OnError.Continue) =>
        new("fallocate", Fields.Of(("fd", fd), ("mode", mode), ("offset", offset), ("size", size)), onError);

    /// <summary>pread(2) of 4 bytes at the start of a file. Returns "value" where it read all four, else "count".</summary>
    public static Step ReadFile(string fd, OnError onError = OnError.Continue) =>
        new("file-read", Fields.Of(("fd", fd)), onError);

    /// <summary>pwrite(2) of a 32-bit word at the start of a file. Returns "count", of bytes.</summary>
    public static Step WriteFile(string fd, uint value = 0, OnError onError = OnError.Continue) =>
        new("file-write", Fields.Of(("fd", fd), ("value", value)), onError);

    /// <summary>ftruncate(2).</summary>
    public static Step Truncate(string fd, ulong size, OnError onError = OnError.Continue) =>
        new("truncate", Fields.Of(("fd", fd), ("size", size)), onError);

    /// <summary>
    /// KVM_SET_USER_MEMORY_REGION2 with all that it takes: a slot over a mapping, over a guest_memfd, over both or neither.
    /// </summary>
    /// <param name="guestMemory">What guest_memfd is: a guest_memfd, or anything else open, a VM or a vCPU too; null is -1.</param>
    /// <param name="guestMemoryOffset">guest_memfd_offset, in bytes.</param>
    /// <param name="map">What userspace_addr is the address of; null is 0.</param>
    /// <param name="flags">KVM_MEM_*: LOG_DIRTY_PAGES is 1, READONLY 2, GUEST_MEMFD 4.</param>
    public static Step BoundSlot(string vm, int slot, ulong gpa, ulong size, string? guestMemory, ulong guestMemoryOffset,
        string? map, uint flags, OnError onError = OnError.Continue) =>
        new("bound-slot", Fields.Of(("vm", vm), ("slot", slot), ("flags", flags), ("gpa", gpa), ("size", size),
            ("guestMemory", guestMemory), ("guestMemoryOffset", guestMemoryOffset), ("map", map)), onError);

    /// <summary>Closes and unmaps all that the program opened, the last first, as its end does; no name can be used again.</summary>
    public static Step CloseAll() => new("close-all", Fields.Empty);

    /// <summary>
    /// What has to be back where it was when all is closed. Each is left out where it can't be read.
    /// Of this process: "vms", the VMs it made that exist, its own and one that the probe keeps (as /sys/kernel/debug/kvm has
    /// them, PID-FD: a VM that outlives its descriptor is counted until another gets that number; debugfs is mounted where it
    /// isn't); "descriptors"; "mappings", the areas of /proc/self/maps that are of files a program makes (memfds, secret memory,
    /// guest_memfds, vCPUs, the exporter) or where aligned mappings are put, since the runtime's own come and go.
    /// Of the host: "orphans", the VMs of processes that are gone or going; "mlockedKiB", "unevictableKiB", "secPageTablesKiB",
    /// "shmemKiB" and "freeKiB" of /proc/meminfo; "files", the open ones of /proc/sys/fs/file-nr.
    /// </summary>
    public static Step Counters() => new("counters", Fields.Empty, OnError.Continue);
}
