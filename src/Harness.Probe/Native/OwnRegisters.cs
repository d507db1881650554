using Harness.Probe.Kvm.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>System registers that an unprivileged program can read.</summary>
internal static unsafe class OwnRegisters
{
    private const int ProtExec = 4; // PROT_EXEC, asm-generic/mman-common.h

    // mrs x0, ctr_el0; ret. If CPUs differ, the kernel traps this and returns the common value
    // (ARM64_MISMATCHED_CACHE_TYPE).
    private static readonly byte[] ReadCtr = [0x20, 0x00, 0x3b, 0xd5, 0xc0, 0x03, 0x5f, 0xd6];

    /// <param name="machine">uname -m.</param>
    /// <returns>{"ctr_el0"}, or {"errno"}.</returns>
    public static Fields Read(string machine)
    {
        if (machine != "aarch64")
            return Fields.Of(("errno", Posix.ENOENT));
        // The kernel makes a file's page coherent with the I-cache when it is first mapped executable; for a page that
        // we write ourselves, we would have to do that.
        int fd = Paths.Memfd("ctr", MFD_CLOEXEC);
        if (fd < 0)
            return Fields.Of(("errno", -fd));
        int errno = SmallFile.WriteAll(fd, ReadCtr);
        nuint size = (nuint)Libc.getpagesize();
        void* code = errno == 0 ? Libc.mmap(null, size, PROT_READ | ProtExec, MAP_PRIVATE, fd, 0) : (void*)-1;
        if (errno == 0 && code == (void*)-1)
            errno = Libc.Error();
        Libc.close(fd);
        if (errno != 0)
            return Fields.Of(("errno", errno));
        ulong ctr = ((delegate* unmanaged[Cdecl]<ulong>)code)();
        Libc.munmap(code, size);
        return Fields.Of(("ctr_el0", ctr));
    }
}
