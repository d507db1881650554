using Harness.Probe.Kvm.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>System registers that an unprivileged program can read.</summary>
internal static unsafe class OwnRegisters
{
    // mrs x0, ctr_el0; ret. If CPUs differ, the kernel traps this and returns the common value
    // (ARM64_MISMATCHED_CACHE_TYPE).
    private static readonly byte[] ReadCtr = [0x20, 0x00, 0x3b, 0xd5, 0xc0, 0x03, 0x5f, 0xd6];

    /// <param name="machine">uname -m.</param>
    /// <returns>{"ctr_el0"}, or {"errno"}.</returns>
    public static Fields Read(string machine)
    {
        if (machine != "aarch64")
            return Fields.Of(("errno", Posix.ENOENT));
        byte* code = CodePage.Map(ReadCtr, out int errno);
        if (code == null)
            return Fields.Of(("errno", errno));
        ulong ctr = ((delegate* unmanaged[Cdecl]<ulong>)code)();
        CodePage.Unmap(code);
        return Fields.Of(("ctr_el0", ctr));
    }
}
