using System.Globalization;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Providers;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// A page frame that has failed, or was given up before it could; disposed, the kernel's module hwpoison-inject takes
/// it back.
/// </summary>
internal sealed unsafe class PoisonedPage : IDisposable
{
    private const string Folder = "/sys/kernel/debug/hwpoison";
    private const int MADV_POPULATE_READ = 22,
        MADV_SOFT_OFFLINE = 101,
        EPERM = 1,
        Times = 100;
    private const ulong FrameMask = (1ul << 55) - 1;

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(10);

    private readonly string _frame;

    private PoisonedPage(string frame) => _frame = frame;

    /// <summary>Why it can't be done here: 0, or an errno.</summary>
    public static int WhyNot()
    {
        int fd = Paths.Open(Folder + "/unpoison-pfn", Posix.O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return Libc.Error();
        Libc.close(fd);
        return 0;
    }

    /// <summary>
    /// Has the memory of the page at an address fail, or the page move to another frame; neither where the frame can't
    /// be taken back.
    /// </summary>
    public static PoisonedPage? Of(byte* at, bool soft, out int errno)
    {
        errno = WhyNot();
        if (errno != 0)
            return null;
        nuint page = (nuint)Libc.getpagesize();
        if (Posix.madvise(at, page, MADV_POPULATE_READ) != 0)
        {
            errno = Libc.Error();
            return null;
        }
        ulong frame = FrameOf(at, out errno);
        string text = frame.ToString(CultureInfo.InvariantCulture);
        if (errno == 0)
            errno = soft ? Move(at, page, frame) : SmallFile.Write(Folder + "/corrupt-pfn", text);
        return errno == 0 ? new PoisonedPage(text) : null;
    }

    /// <summary>A page that is in use for a moment doesn't move.</summary>
    private static int Move(byte* at, nuint size, ulong frame)
    {
        for (int i = 0; i < Times; i++)
        {
            int errno = Posix.madvise(at, size, MADV_SOFT_OFFLINE) == 0 ? 0 : Libc.Error();
            if (errno is not (0 or ProviderConstants.EBUSY))
                return errno;
            if (FrameOf(at, out errno) != frame)
                return errno;
            Thread.Sleep(Wait);
        }
        return ProviderConstants.EBUSY;
    }

    private static ulong FrameOf(byte* at, out int errno)
    {
        ulong frame = (PageMap.Entry(at, out errno) ?? 0) & FrameMask;
        if (errno == 0 && frame == 0)
            errno = EPERM; // the number is for privileged readers only
        return frame;
    }

    /// <summary>The page may be in use for another moment.</summary>
    public void Dispose()
    {
        int errno = 0;
        for (int i = 0; i < Times; i++)
        {
            errno = SmallFile.Write(Folder + "/unpoison-pfn", _frame);
            if (errno == 0)
                return;
            Thread.Sleep(Wait);
        }
        Console.Error.WriteLine($"the page frame {_frame} stays poisoned: errno {errno}");
    }
}
