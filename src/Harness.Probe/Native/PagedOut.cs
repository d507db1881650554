using Harness.Probe.Kvm.Native;
using Harness.Probe.Providers;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>Does what <see cref="PagedOutStep"/> documents.</summary>
internal static unsafe class PagedOut
{
    private const int MADV_PAGEOUT = 21,
        EINVAL = 22,
        Times = 50;
    private const ulong Own = PageMap.Present | PageMap.Exclusive;

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(10);

    /// <returns>0, EBUSY, or the error of a call.</returns>
    public static int Repeat(byte* at, nuint size)
    {
        int errno = 0;
        for (int i = 0; i < Times && Remains(at, size, out errno); i++)
        {
            LruLists.Drain();
            if (i > 0)
                Thread.Sleep(Wait);
            if (Posix.madvise(at, size, MADV_PAGEOUT) != 0)
                return Libc.Error() is var refused && refused == EINVAL ? 0 : refused;
        }
        return errno == 0 && Remains(at, size, out errno) ? ProviderConstants.EBUSY : errno;
    }

    /// <summary>Whether the process has a page there that no other has.</summary>
    private static bool Remains(byte* at, nuint size, out int errno)
    {
        errno = 0;
        nuint page = (nuint)Libc.getpagesize();
        for (nuint of = 0; of < size && errno == 0; of += page)
            if (PageMap.Entry(at + of, out errno) is { } entry && (entry & Own) == Own)
                return true;
        return false;
    }
}
