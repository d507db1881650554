using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// Machine code in a page that can be executed. It is a file's page: the kernel makes that coherent with the I-cache
/// when it is first mapped executable; for a page that we write ourselves, we would have to do that.
/// </summary>
internal static unsafe class CodePage
{
    private const int ProtExec = 4; // PROT_EXEC, asm-generic/mman-common.h

    /// <summary>The code's address; null with the errno if it can't be mapped.</summary>
    /// <param name="code">At most a page.</param>
    /// <param name="errno">0, or why not.</param>
    public static byte* Map(byte[] code, out int errno)
    {
        int fd = Paths.Memfd(HostCounters.OwnFile, MFD_CLOEXEC);
        if (fd < 0)
        {
            errno = -fd;
            return null;
        }
        errno = SmallFile.WriteAll(fd, code);
        nuint page = (nuint)Libc.getpagesize();
        void* mapped = errno == 0 ? Libc.mmap(null, page, PROT_READ | ProtExec, MAP_PRIVATE, fd, 0) : (void*)-1;
        if (errno == 0 && mapped == (void*)-1)
            errno = Libc.Error();
        Libc.close(fd);
        return errno == 0 ? (byte*)mapped : null;
    }

    public static void Unmap(byte* code) => Libc.munmap(code, (nuint)Libc.getpagesize());
}
