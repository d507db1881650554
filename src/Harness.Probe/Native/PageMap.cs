using Harness.Probe.Kvm.Native;
using Harness.Probe.Providers;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>/proc/self/pagemap: an entry for each page (Documentation/admin-guide/mm/pagemap.rst).</summary>
internal static unsafe class PageMap
{
    /// <summary>Bits of an entry: the page is there, and no other mapping has it.</summary>
    public const ulong Present = 1ul << 63,
        Exclusive = 1ul << 56;

    /// <summary>The entry of the page at an address; null if it can't be read, with why.</summary>
    public static ulong? Entry(byte* at, out int errno)
    {
        int fd = Paths.Open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
        {
            errno = Libc.Error();
            return null;
        }
        ulong entry = 0;
        nuint page = (nuint)at / (nuint)Libc.getpagesize();
        nint read = Posix.pread(fd, &entry, sizeof(ulong), (long)(page * sizeof(ulong)));
        errno = read < 0 ? Libc.Error() : 0;
        Libc.close(fd);
        return read == sizeof(ulong) ? entry : null;
    }
}
