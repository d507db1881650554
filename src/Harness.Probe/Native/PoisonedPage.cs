using System.Globalization;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Providers;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// A page frame that the kernel's module hwpoison-inject has made fail; disposed, it is taken back.
/// </summary>
internal sealed unsafe class PoisonedPage : IDisposable
{
    private const string Folder = "/sys/kernel/debug/hwpoison";
    private const int MADV_POPULATE_READ = 22,
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

    /// <summary>Has the memory of the page at an address fail.</summary>
    public static PoisonedPage? Of(byte* at, out int errno)
    {
        nuint page = (nuint)Libc.getpagesize();
        if (Posix.madvise(at, page, MADV_POPULATE_READ) != 0)
        {
            errno = Libc.Error();
            return null;
        }
        ulong frame = (PageMap.Entry(at, out errno) ?? 0) & FrameMask;
        if (errno == 0 && frame == 0)
            errno = EPERM; // the number is for privileged readers only
        string text = frame.ToString(CultureInfo.InvariantCulture);
        if (errno == 0)
            errno = SmallFile.Write(Folder + "/corrupt-pfn", text);
        return errno == 0 ? new PoisonedPage(text) : null;
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
