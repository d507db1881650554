using Harness.Probe.Kvm.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// A load, a store or the maintenance of a line, each between two full barriers: a little machine code. EL0 may execute
/// DC CVAC and DC CIVAC where SCTLR_EL1.UCI is set, as Linux does (arch/arm64/include/asm/sysreg.h,
/// INIT_SCTLR_EL1_MMU_ON).
/// </summary>
internal static unsafe class LineCode
{
    private const int ENOSYS = 38;
    private const int Entry = 16; // bytes of each piece of code

    /// <summary>By <see cref="LineAct"/>: f(x0 address, w1 word) returns w0.</summary>
    private static readonly uint[] _arm64 =
    [
        0xd503_3f9f, // load:  dsb sy
        0xb940_0000, //        ldr w0, [x0]
        0xd503_3f9f, //        dsb sy
        0xd65f_03c0, //        ret
        0xd503_3f9f, // store: dsb sy
        0xb900_0001, //        str w1, [x0]
        0xd503_3f9f, //        dsb sy
        0xd65f_03c0, //        ret
        0xd503_3f9f, // clean: dsb sy
        0xd50b_7a20, //        dc cvac, x0
        0xd503_3f9f, //        dsb sy
        0xd65f_03c0, //        ret
        0xd503_3f9f, // clean and invalidate: dsb sy
        0xd50b_7e20, //        dc civac, x0
        0xd503_3f9f, //        dsb sy
        0xd65f_03c0, //        ret
    ];

    /// <summary>The same for x86-64, for the harness's own tests; padded by INT3.</summary>
    private static readonly byte[] _x64 =
    [
        .. Padded(0x0f, 0xae, 0xf0, 0x8b, 0x07, 0x0f, 0xae, 0xf0, 0xc3), // mfence; mov (%rdi), %eax; mfence; ret
        .. Padded(0x0f, 0xae, 0xf0, 0x89, 0x37, 0x0f, 0xae, 0xf0, 0xc3), // mfence; mov %esi, (%rdi); mfence; ret
        .. Padded(0x0f, 0xae, 0xf0, 0x0f, 0xae, 0x3f, 0x0f, 0xae, 0xf0, 0xc3), // mfence; clflush (%rdi); mfence; ret
        .. Padded(0x0f, 0xae, 0xf0, 0x0f, 0xae, 0x3f, 0x0f, 0xae, 0xf0, 0xc3),
    ];

    private static byte* s_code;

    /// <summary>arm64's code, as bytes.</summary>
    internal static byte[] Arm64
    {
        get
        {
            var bytes = new byte[_arm64.Length * sizeof(uint)];
            Buffer.BlockCopy(_arm64, 0, bytes, 0, bytes.Length);
            return bytes;
        }
    }

    /// <summary>x86-64's code, as bytes.</summary>
    internal static byte[] X64 => (byte[])_x64.Clone();

    /// <summary>0, or the errno if it can't be done.</summary>
    /// <param name="at">A word that is mapped, and writable for a store.</param>
    /// <param name="act">What is done.</param>
    /// <param name="word">The word to store.</param>
    /// <param name="value">The word that was loaded.</param>
    public static int Do(uint* at, LineAct act, uint word, out uint value)
    {
        value = 0;
        int errno = s_code != null ? 0 : Make();
        if (errno == 0)
            value = ((delegate* unmanaged[Cdecl]<uint*, uint, uint>)(s_code + (int)act * Entry))(at, word);
        return errno;
    }

    private static byte[] Padded(params byte[] code) =>
        [.. code, .. Enumerable.Repeat((byte)0xcc, Entry - code.Length)];

    /// <summary>0, or the errno.</summary>
    private static int Make()
    {
        string machine = HostFacts.Machine();
        if (machine is not ("aarch64" or "x86_64"))
            return ENOSYS;
        s_code = CodePage.Map(machine == "aarch64" ? Arm64 : X64, out int errno);
        return errno;
    }
}
