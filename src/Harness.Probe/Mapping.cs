using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Memory mapped by a program, with the requested alignment; if necessary inside a reservation.</summary>
internal sealed unsafe class Mapping : IDisposable
{
    /// <summary>
    /// The address hint for reservations. mmap(2) without an address searches downwards from the stack, or upwards from
    /// a quarter of the address space, and does not get here: what is unmapped here stays unmapped.
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

    /// <summary>It was unmapped: the program can't map its addresses any more.</summary>
    public bool Gone => _gone;

    /// <summary>In bytes, as given to mmap(2).</summary>
    public ulong Size { get; }

    /// <summary>Null with the errno if mmap(2) fails.</summary>
    /// <param name="fd">-1 for anonymous memory.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">PROT_WRITE in addition to PROT_READ.</param>
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
    /// Replaces this mapping by another one, which takes over the reservation; this object must not be used afterwards.
    /// Null with the errno if mmap(2) fails; then this object remains valid.
    /// </summary>
    public Mapping? Replace(int fd, bool write, bool shared, out int errno, ulong offset = 0)
    {
        MapAt(Address, fd, Size, write, shared, out errno, offset);
        return errno == 0 ? new Mapping(Address, Size, _reserved, _reservedSize) : null;
    }

    /// <summary>
    /// As <see cref="Replace"/>, for a part, in bytes: this object remains the whole. 0, or the errno.
    /// </summary>
    public int ReplacePart(ulong offset, int fd, ulong size, bool write, bool shared, ulong fileOffset)
    {
        MapAt(Address + offset, fd, size, write, shared, out int errno, fileOffset);
        return errno;
    }

    /// <summary>As <see cref="Vacate"/>, for a part, in bytes.</summary>
    public int VacatePart(ulong offset, ulong size) =>
        _reserved != (byte*)OutOfTheWay ? EBUSY
        : Libc.munmap(Address + offset, (nuint)size) == 0 ? 0
        : Libc.Error();

    /// <summary>
    /// Moves the memory to other addresses, as a new mapping; the old addresses are left unmapped. Null with the errno
    /// if mremap(2) fails, or EBUSY if other mappings could be placed there.
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
    /// Unmaps the memory: 0, or the errno. Inside a reservation it is replaced by an inaccessible mapping, which also
    /// unmaps it: munmap(2) would leave a hole, and a mapping placed there later would be unmapped with the
    /// reservation.
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

    /// <summary>
    /// Leaves its addresses unmapped: 0, or the errno; EBUSY if other mappings could be placed there.
    /// </summary>
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
        // The hole doesn't belong to us: a mapping placed there after all is kept.
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
