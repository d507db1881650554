namespace Harness.Protocol;

/// <summary>Steps that make memory, each of one kind of provider.</summary>
public static partial class Steps
{
    /// <summary>
    /// As STAGE2_EXPORT of <see cref="Export"/>, but the VMA's fault handlers insert the pages.
    /// </summary>
    /// <param name="insert">
    /// "fault": a page at a time; "huge": 2 MiB at a time; "notified": a page at a time, read-only until the process has stored to
    /// it; "scattered": a page at a time, of every other page that there is.
    /// </param>
    public static Step ExportInserted(string fd, string memory, string type, string vma, bool anyUncached, ulong size, string insert) =>
        new("export-inserted", Fields.Of(("fd", fd), ("memory", memory), ("type", type), ("vma", vma),
            ("anyUncached", anyUncached), ("size", size), ("insert", insert)));

    /// <summary>memfd_create(2) of <paramref name="size"/> bytes.</summary>
    /// <param name="huge">MFD_HUGETLB with pages of 2 MiB.</param>
    /// <param name="sealShrink">F_SEAL_SHRINK, which a udmabuf asks for.</param>
    public static Step MemoryFile(string @as, ulong size, bool huge = false, bool sealShrink = false) =>
        new("memory-file", Fields.Of(("as", @as), ("size", size), ("huge", huge), ("sealShrink", sealShrink)));

    /// <summary>A file of <paramref name="size"/> bytes in a folder, unlinked as soon as it is open.</summary>
    public static Step TemporaryFile(string @as, string folder, ulong size) =>
        new("temporary-file", Fields.Of(("as", @as), ("folder", folder), ("size", size)));

    /// <summary>
    /// Sees to it that <paramref name="count"/> pages of 2 MiB are free in hugetlbfs's pool, which gets its former size back
    /// when the program ends. ENOMEM where there is no room for them.
    /// </summary>
    public static Step HugePages(string @as, int count) => new("huge-pages", Fields.Of(("as", @as), ("count", count)));

    /// <summary>UDMABUF_CREATE over the first <paramref name="size"/> bytes of a sealed memfd.</summary>
    public static Step UdmaBuf(string @as, string memory, ulong size) =>
        new("udmabuf", Fields.Of(("as", @as), ("memory", memory), ("size", size)));

    /// <summary>
    /// Gives a PCI device to vfio-pci by driver_override; when the program ends it goes back to the driver it had. Nothing is
    /// done where vfio-pci or a variant of it has the device already. Returns "driver", the former one's name.
    /// </summary>
    public static Step VfioBind(string @as, string address) => new("vfio-bind", Fields.Of(("as", @as), ("address", address)));

    /// <summary>
    /// A PCI device of VFIO: VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU (type 1, version 2), VFIO_GROUP_GET_DEVICE_FD. Where one
    /// fails, "call" says which.
    /// </summary>
    /// <param name="container">An open /dev/vfio/vfio.</param>
    /// <param name="group">An open /dev/vfio/N.</param>
    /// <param name="address">"0000:00:10.0".</param>
    public static Step VfioDevice(string @as, string container, string group, string address) =>
        new("vfio-device", Fields.Of(("as", @as), ("container", container), ("group", group), ("address", address)));

    /// <summary>
    /// VFIO_DEVICE_GET_REGION_INFO of a region: what <see cref="MapAt"/> maps it by. Returns "size" and "flags".
    /// </summary>
    public static Step VfioRegion(string @as, string device, int index) =>
        new("vfio-region", Fields.Of(("as", @as), ("device", device), ("index", index)));

    /// <summary>
    /// As <see cref="Map"/>, from <paramref name="offset"/> bytes into an open file or a region of VFIO's.
    /// </summary>
    public static Step MapAt(
        string @as, string fd, ulong offset, ulong size, bool write, bool shared, ulong align = 0, string? over = null) =>
        new("map-at", Fields.Of(("as", @as), ("fd", fd), ("offset", offset), ("size", size), ("write", write), ("shared", shared),
            ("align", align), ("over", over)));

    /// <summary>madvise(2) of a whole mapping.</summary>
    /// <param name="advice">MADV_*: HUGEPAGE is 14, NOHUGEPAGE 15, POPULATE_WRITE 23.</param>
    public static Step Advise(string map, int advice) => new("advise", Fields.Of(("map", map), ("advice", advice)));

    /// <summary>
    /// How much of an anonymous mapping is mapped by huge pages (/proc/self/smaps). Returns "size", in bytes; ENOMEM where
    /// it is less than the whole.
    /// </summary>
    public static Step HugeMapped(string map) => new("huge-mapped", Fields.Of(("map", map)));
}
