using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// Memory mapped by a program: aligned as asked for, inside a reservation of ours where that takes one.
/// </summary>
internal sealed unsafe class Mapping : IDisposable
{
    /// <summary>
    /// Where reservations are asked for. mmap(2) without an address works its way down from the stack, or up from a
    /// quarter of the address space, and does not come here: what is unmapped here stays unmapped.
    /// </summary>
    public const ulong OutOfTheWay = 0x10_0000_0000;

    private readonly byte* _reserved;
    private readonly nuint _reservedSize;
    private bool _gone;
    private bool _hole;

    private Mapping(byte* address, ulong size, byte* reserved, nuint reservedSize)
    {
        Address = address;
        Size = size;
        _reserved = reserved;
        _reservedSize = reservedSize;
    }

    public byte* Address { get; }

    /// <summary>It was unmapped: its addresses are no longer the program's to map.</summary>
    public bool Gone => _gone;

    /// <summary>In bytes, as given to mmap(2).</summary>
    public ulong Size { get; }

    /// <summary>Null and the errno where mmap(2) fails.</summary>
    /// <param name="fd">-1 for anonymous memory.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">PROT_WRITE beside PROT_READ.</param>
    /// <param name="shared">MAP_SHARED, else MAP_PRIVATE.</param>
    /// <param name="align">A power of two; up to the page size it needs no reservation.</param>
    /// <param name="errno">0, or the errno.</param>
    /// <param name="offset">Bytes into the file.</param>
    public static Mapping? Make(
        int fd,
        ulong size,
        bool write,
        bool shared,
        ulong align,
        out int errno,
        ulong offset = 0
    )
    {
        ulong page = (ulong)Libc.getpagesize();
        byte* reserved = null;
        nuint reservedSize = 0;
        byte* wanted = null;
        if (align > page)
        {
            reservedSize = (nuint)(size + align + page);
            reserved = (byte*)
                Libc.mmap(
                    (void*)OutOfTheWay,
                    reservedSize,
                    PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1,
                    0
                );
            errno = reserved == (byte*)-1 ? Libc.Error() : 0;
            if (errno != 0)
                return null;
            wanted = (byte*)(((ulong)reserved + align - 1) & ~(align - 1));
        }
        var address = MapAt(wanted, fd, size, write, shared, out errno, offset);
        if (errno == 0)
            return new Mapping(address, size, reserved, reservedSize);
        if (reserved != null)
            Libc.munmap(reserved, reservedSize);
        return null;
    }

    /// <summary>
    /// Another mapping in this one's place, whose reservation becomes the new one's: this object is not to be used any
    /// more. Null and the errno where mmap(2) fails; then it is.
    /// </summary>
    public Mapping? Replace(int fd, bool write, bool shared, out int errno, ulong offset = 0)
    {
        MapAt(Address, fd, Size, write, shared, out errno, offset);
        return errno == 0 ? new Mapping(Address, Size, _reserved, _reservedSize) : null;
    }

    /// <summary>
    /// As <see cref="Replace"/>, but of a part, in bytes: this object stays the whole. 0, or the errno.
    /// </summary>
    public int ReplacePart(ulong offset, int fd, ulong size, bool write, bool shared, ulong fileOffset)
    {
        MapAt(Address + offset, fd, size, write, shared, out int errno, fileOffset);
        return errno;
    }

    /// <summary>As <see cref="Vacate"/>, but of a part, in bytes.</summary>
    public int VacatePart(ulong offset, ulong size) =>
        _reserved != (byte*)OutOfTheWay ? EBUSY
        : Libc.munmap(Address + offset, (nuint)size) == 0 ? 0
        : Libc.Error();

    /// <summary>
    /// The memory at other addresses, as a mapping of its own; at the old ones nothing is left. Null and the errno
    /// where mremap(2) fails, or EBUSY where others might move in.
    /// </summary>
    public Mapping? Move(out int errno)
    {
        errno = EBUSY;
        if (_reserved != (byte*)OutOfTheWay)
            return null;
        var to = (byte*)Libc.mmap(null, (nuint)Size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (to == (byte*)-1)
        {
            errno = Libc.Error();
            return null;
        }
        var moved = (byte*)Libc.mremap(Address, (nuint)Size, (nuint)Size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
        errno = moved == (byte*)-1 ? Libc.Error() : 0;
        if (errno != 0)
        {
            Libc.munmap(to, (nuint)Size);
            return null;
        }
        _hole = _gone = true;
        return new Mapping(moved, Size, null, 0);
    }

    /// <summary>
    /// Takes the memory away: 0, or the errno. Inside a reservation an inaccessible mapping replaces it, which unmaps
    /// it too: munmap(2) would leave a hole for something else to move into, to be unmapped with the reservation.
    /// </summary>
    public int Unmap()
    {
        if (_gone)
            return 0;
        _gone = true;
        bool done =
            _reserved == null
                ? Libc.munmap(Address, (nuint)Size) == 0
                : Libc.mmap(
                    Address,
                    (nuint)Size,
                    PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
                    -1,
                    0
                ) != (void*)-1;
        return done ? 0 : Libc.Error();
    }

    /// <summary>Leaves no mapping at all at its addresses: 0, or the errno; EBUSY where others might move in.</summary>
    public int Vacate()
    {
        if (_reserved != (byte*)OutOfTheWay)
            return EBUSY;
        if (Libc.munmap(Address, (nuint)Size) != 0)
            return Libc.Error();
        _hole = _gone = true;
        return 0;
    }

    public void Dispose()
    {
        Unmap();
        if (_reserved == null)
            return;
        if (!_hole)
        {
            Libc.munmap(_reserved, _reservedSize);
            return;
        }
        // The hole is nobody's: whatever moved in after all stays.
        byte* end = Address + Size;
        if (Address != _reserved)
            Libc.munmap(_reserved, (nuint)(Address - _reserved));
        Libc.munmap(end, (nuint)(_reserved + _reservedSize - end));
    }

    private static byte* MapAt(
        byte* wanted,
        int fd,
        ulong size,
        bool write,
        bool shared,
        out int errno,
        ulong offset = 0
    )
    {
        int protection = PROT_READ | (write ? PROT_WRITE : 0);
        int flags =
            (shared ? MAP_SHARED : MAP_PRIVATE) | (fd < 0 ? MAP_ANONYMOUS : 0) | (wanted == null ? 0 : MAP_FIXED);
        var address = (byte*)Libc.mmap(wanted, (nuint)size, protection, flags, fd, (long)offset);
        errno = address == (byte*)-1 ? Libc.Error() : 0;
        return address;
    }
}
