using Harness.Probe.Kvm.Native;
using Harness.Probe.Providers;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>A page that KSM has merged with another: its copy, which goes when it is disposed of.</summary>
internal sealed unsafe class MergedPage : IDisposable
{
    private const int MADV_MERGEABLE = 12,
        Times = 500;

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(10);

    private readonly byte* _copy;
    private readonly nuint _size;

    private MergedPage(byte* copy, nuint size)
    {
        _copy = copy;
        _size = size;
    }

    /// <summary>Has the page at an address merged: see <see cref="Harness.Protocol.MergeStep"/>.</summary>
    public static MergedPage? Of(byte* at, out int errno)
    {
        nuint size = (nuint)Libc.getpagesize();
        *(long*)(at + size - sizeof(long)) = Environment.ProcessId;
        void* copy = Libc.mmap(null, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (copy == (void*)-1)
        {
            errno = Libc.Error();
            return null;
        }
        var merged = new MergedPage((byte*)copy, size);
        Buffer.MemoryCopy(at, copy, size, size);
        errno = Repeat(at, merged._copy, size);
        if (errno == 0)
            return merged;
        merged.Dispose();
        return null;
    }

    private static int Repeat(byte* at, byte* copy, nuint size)
    {
        if (Posix.madvise(at, size, MADV_MERGEABLE) != 0 || Posix.madvise(copy, size, MADV_MERGEABLE) != 0)
            return Libc.Error();
        for (int i = 0; i < Times; i++)
        {
            if (PageMap.Entry(at, out int errno) is not { } page || PageMap.Entry(copy, out errno) is not { } other)
                return errno;
            if (IsShared(page) && IsShared(other))
                return 0;
            Thread.Sleep(Wait);
        }
        return EAGAIN;
    }

    private static bool IsShared(ulong entry) => (entry & PageMap.Present) != 0 && (entry & PageMap.Exclusive) == 0;

    public void Dispose() => Libc.munmap(_copy, _size);
}
