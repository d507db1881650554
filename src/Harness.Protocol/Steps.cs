namespace Harness.Protocol;

/// <summary>
/// The vocabulary of programs: one factory a step, so that arguments are typed where programs are written,
/// and one doc comment each that says what the probe does and returns. Names given by <c>as</c> are the
/// program's variables; a program is a straight line and a variable is set once.
/// </summary>
public static partial class Steps
{
    /// <summary>open(2). Returns nothing but errno.</summary>
    public static Step Open(string @as, string path, bool writable = true) =>
        new("open", Fields.Of(("as", @as), ("path", path), ("writable", writable)));

    /// <summary>memfd_create(2) of <paramref name="size"/> bytes.</summary>
    public static Step Memfd(string @as, ulong size) =>
        new("memfd", Fields.Of(("as", @as), ("size", size)));

    /// <summary>memfd_secret(2) of <paramref name="size"/> bytes; ENOSYS where the kernel offers none.</summary>
    public static Step Secretmem(string @as, ulong size, OnError onError = OnError.Fail) =>
        new("secretmem", Fields.Of(("as", @as), ("size", size)), onError);

    /// <summary>
    /// STAGE2_EXPORT on an open exporter: fixes what the next mmap of <paramref name="fd"/> maps.
    /// </summary>
    /// <param name="fd">An open /dev/stage2-exporter.</param>
    /// <param name="memory">"known": pages the kernel has in its memory map; "unknown": the range given at load time;
    /// "unheld": as known, but with a page count of zero, and only for "pfnmap".</param>
    /// <param name="type">The VMA's pgprot: "wb", "nc", "ngnre", "ngnrne".</param>
    /// <param name="vma">"pfnmap" or "mixedmap".</param>
    /// <param name="anyUncached">Set VM_ALLOW_ANY_UNCACHED.</param>
    /// <param name="size">Bytes, a multiple of the page size. The memory is zeroed; from 2 MiB on it is
    /// physically aligned to 2 MiB.</param>
    public static Step Export(string fd, string memory, string type, string vma, bool anyUncached, ulong size) =>
        new("export", Fields.Of(("fd", fd), ("memory", memory), ("type", type), ("vma", vma),
            ("anyUncached", anyUncached), ("size", size)));

    /// <summary>
    /// mmap(2), anonymous where <paramref name="fd"/> is null. Returns "address".
    /// The address is aligned to <paramref name="align"/> bytes (inside a larger PROT_NONE reservation of the probe's).
    /// With <paramref name="over"/> it is that of an earlier mapping of the same size, which it replaces by MAP_FIXED: that
    /// name is closed, and <paramref name="align"/> is 0.
    /// </summary>
    public static Step Map(string @as, string? fd, ulong size, bool write, bool shared, ulong align = 0, string? over = null,
        OnError onError = OnError.Fail) =>
        new("map", Fields.Of(("as", @as), ("fd", fd), ("size", size), ("write", write), ("shared", shared), ("align", align),
            ("over", over)), onError);

    /// <summary>
    /// munmap(2) of an aligned mapping. Its addresses have no VMA until the program ends; the name stays, for
    /// <see cref="Memslot"/>. EBUSY where other mappings of the process might move in.
    /// </summary>
    public static Step Hole(string map) => new("hole", Fields.Of(("map", map)));

    /// <summary>mmap(2) with MAP_FIXED over a part of an earlier mapping, which keeps its name; anonymous where <paramref name="fd"/> is null.</summary>
    /// <param name="offset">Where in the mapping, in bytes.</param>
    public static Step MapInto(string map, ulong offset, string? fd, ulong size, bool write, bool shared) =>
        new("map-into", Fields.Of(("map", map), ("offset", offset), ("fd", fd), ("size", size), ("write", write), ("shared", shared)));

    /// <summary>munmap(2) of a part of an aligned mapping, which keeps its name. EBUSY as for <see cref="Hole"/>.</summary>
    public static Step HoleIn(string map, ulong offset, ulong size) =>
        new("hole-in", Fields.Of(("map", map), ("offset", offset), ("size", size)));

    /// <summary>
    /// mremap(2) of an aligned mapping to addresses of the kernel's choice. The old ones have no VMA until the program ends;
    /// the old name stays, for <see cref="Memslot"/>. EBUSY as for <see cref="Hole"/>. Returns "address".
    /// </summary>
    public static Step Move(string @as, string map) => new("move", Fields.Of(("as", @as), ("map", map)));

    /// <summary>mprotect(2) of the whole mapping.</summary>
    public static Step Protect(string map, bool read, bool write) =>
        new("protect", Fields.Of(("map", map), ("read", read), ("write", write)));

    /// <summary>fallocate(2) with FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE.</summary>
    public static Step Punch(string fd, ulong offset, ulong size, OnError onError = OnError.Fail) =>
        new("punch", Fields.Of(("fd", fd), ("offset", offset), ("size", size)), onError);

    public static Step Unmap(string map) => new("unmap", Fields.Of(("map", map)));

    /// <summary>The probe stores 32-bit words into the mapping, as the host sees it: guest code, mostly.</summary>
    public static Step Words(string map, ulong offset, IReadOnlyList<uint> words) =>
        new("words", Fields.Of(("map", map), ("offset", offset), ("words", words)));

    /// <summary>KVM_CREATE_VM.</summary>
    public static Step Vm(string @as, ulong type = 0, OnError onError = OnError.Fail) =>
        new("vm", Fields.Of(("as", @as), ("type", type)), onError);

    /// <summary>KVM_ENABLE_CAP on the VM, with no flags and no arguments.</summary>
    public static Step EnableCapability(string vm, int capability, OnError onError = OnError.Fail) =>
        new("enable-cap", Fields.Of(("vm", vm), ("capability", capability)), onError);

    /// <summary>KVM_CREATE_GUEST_MEMFD on the VM.</summary>
    /// <param name="flags">GUEST_MEMFD_FLAG_*: MMAP is 1, INIT_SHARED is 2.</param>
    public static Step GuestMemory(string @as, string vm, ulong size, ulong flags, OnError onError = OnError.Fail) =>
        new("guest-memory", Fields.Of(("as", @as), ("vm", vm), ("size", size), ("flags", flags)), onError);

    /// <summary>KVM_CHECK_EXTENSION, on the VM named or on /dev/kvm where null. Returns "value".</summary>
    public static Step Extension(string? vm, int capability) =>
        new("extension", Fields.Of(("vm", vm), ("capability", capability)), OnError.Continue);

    /// <summary>
    /// KVM_SET_USER_MEMORY_REGION: slot <paramref name="slot"/> maps <paramref name="size"/> bytes at guest physical
    /// <paramref name="gpa"/> to the mapping's address + <paramref name="offset"/>. A size of 0 deletes the slot.
    /// </summary>
    /// <param name="flags">KVM_MEM_*: LOG_DIRTY_PAGES is 1, READONLY is 2.</param>
    public static Step Memslot(string vm, int slot, ulong gpa, ulong size, string map, ulong offset = 0, uint flags = 0,
        OnError onError = OnError.Fail) =>
        new("memslot", Fields.Of(("vm", vm), ("slot", slot), ("flags", flags), ("gpa", gpa), ("size", size), ("map", map),
            ("offset", offset)), onError);

    /// <summary>
    /// KVM_SET_USER_MEMORY_REGION2: slot <paramref name="slot"/> binds <paramref name="size"/> bytes from the start of a
    /// guest_memfd to guest physical <paramref name="gpa"/>; its userspace_addr is 0.
    /// </summary>
    /// <param name="flags">KVM_MEM_*, GUEST_MEMFD (4) included.</param>
    public static Step BoundMemslot(string vm, int slot, ulong gpa, ulong size, string guestMemory, uint flags,
        OnError onError = OnError.Fail) =>
        new("bound-memslot", Fields.Of(("vm", vm), ("slot", slot), ("flags", flags), ("gpa", gpa), ("size", size),
            ("guestMemory", guestMemory)), onError);

    /// <summary>KVM_CREATE_VCPU, KVM_ARM_PREFERRED_TARGET and KVM_ARM_VCPU_INIT; the vCPU's kvm_run page is mapped.</summary>
    public static Step Vcpu(string @as, string vm, int id = 0, OnError onError = OnError.Fail) =>
        new("vcpu", Fields.Of(("as", @as), ("vm", vm), ("id", id)), onError);

    /// <summary>KVM_SET_ONE_REG for each register, given by name: "x0".."x30", "sp", "pc", "pstate", "vbar_el1".</summary>
    public static Step SetRegisters(string vcpu, params (string Name, ulong Value)[] registers) =>
        new("set-registers", Fields.Of(("vcpu", vcpu),
            ("registers", Fields.Of([.. registers.Select(r => (r.Name, (object?)r.Value))]))));

    /// <summary>KVM_GET_ONE_REG for each register named. Returns each under its name.</summary>
    public static Step GetRegisters(string vcpu, params string[] registers) =>
        new("get-registers", Fields.Of(("vcpu", vcpu), ("registers", registers)), OnError.Continue);

    /// <summary>
    /// One KVM_RUN. Returns "exit" (kvm_run.exit_reason) and what belongs to it: for KVM_EXIT_MMIO "address", "length",
    /// "write" and "data"; for KVM_EXIT_MEMORY_FAULT "flags", "address", "size". After <paramref name="timeoutMs"/> the
    /// run is interrupted by a signal: errno is EINTR (4) and "timeout" is true, and the vCPU isn't run again: ECANCELED (125). An
    /// MMIO read is answered with zero.
    /// </summary>
    public static Step Run(string vcpu, int timeoutMs, OnError onError = OnError.Continue) =>
        new("run", Fields.Of(("vcpu", vcpu), ("timeoutMs", timeoutMs)), onError);

    /// <summary>
    /// The kprobe events of this thread since the last such step: "events", a list of {"name", and each argument by its
    /// name}. "available" is false where the host does not let the probe set up kprobe events, and "lost" counts overruns.
    /// </summary>
    public static Step Trace() => new("trace", Fields.Empty, OnError.Continue);

    /// <summary>
    /// STAGE2_READ on an open exporter: the stage-2 descriptor of <paramref name="ipa"/>. Returns "valid" (a leaf
    /// maps the address), "descriptor" (the raw 64 bits where the walk ended), "level" (-1..3), "pgtFlags", "startLevel",
    /// "iaBits".
    /// </summary>
    public static Step Stage2(string exporter, string vm, ulong ipa) =>
        new("stage2", Fields.Of(("exporter", exporter), ("vm", vm), ("ipa", ipa)), OnError.Continue);

    /// <summary>close(2) of anything opened: a descriptor, a VM, a vCPU (its kvm_run page is unmapped first).</summary>
    public static Step Close(string name, OnError onError = OnError.Fail) => new("close", Fields.Of(("name", name)), onError);
}
