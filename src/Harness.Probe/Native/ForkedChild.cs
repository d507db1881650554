using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// A child process that shares this process's pages until one of them stores. It runs a few instructions of machine
/// code and nothing of the runtime, which has lost its other threads there: it closes all files and waits. It is killed
/// when it is disposed of, or with the thread that made it.
/// </summary>
internal sealed unsafe class ForkedChild : IDisposable
{
    private const int ENOSYS = 38,
        SIGKILL = 9;

    /// <summary>fork(w0 the parent's pid) returns the child's pid, or minus the errno.</summary>
    private static readonly uint[] _arm64 =
    [
        0xaa00_03e6, //         mov x6, x0
        0xd280_0220, //         mov x0, #17      SIGCHLD
        0xd280_0001, //         mov x1, #0
        0xd280_0002, //         mov x2, #0
        0xd280_0003, //         mov x3, #0
        0xd280_0004, //         mov x4, #0
        0xd280_1b88, //         mov x8, #220     clone
        0xd400_0001, //         svc #0
        0xb400_0040, //         cbz x0, child
        0xd65f_03c0, //         ret
        0xd280_0020, // child:  mov x0, #1       PR_SET_PDEATHSIG
        0xd280_0121, //         mov x1, #9       SIGKILL
        0xd280_14e8, //         mov x8, #167     prctl
        0xd400_0001, //         svc #0
        0xd280_15a8, //         mov x8, #173     getppid
        0xd400_0001, //         svc #0
        0x6b06_001f, //         cmp w0, w6
        0x5400_01c1, //         b.ne exit        the parent is gone already
        0xd280_0000, //         mov x0, #0
        0x1280_0001, //         mov w1, #-1
        0xd280_0002, //         mov x2, #0
        0xd280_3688, //         mov x8, #436     close_range
        0xd400_0001, //         svc #0
        0xd280_0000, // wait:   mov x0, #0
        0xd280_0001, //         mov x1, #0
        0xd280_0002, //         mov x2, #0
        0xd280_0003, //         mov x3, #0
        0xd280_0004, //         mov x4, #0
        0xd280_0928, //         mov x8, #73      ppoll
        0xd400_0001, //         svc #0
        0x17ff_fff9, //         b wait
        0xd280_0000, // exit:   mov x0, #0
        0xd280_0bc8, //         mov x8, #94      exit_group
        0xd400_0001, //         svc #0
    ];

    /// <summary>The same for x86-64, for the harness's own tests.</summary>
    private static readonly byte[] _x64 =
    [
        .. (byte[])[0x41, 0x89, 0xf9], //                     mov %edi, %r9d
        .. (byte[])[0xbf, 0x11, 0x00, 0x00, 0x00], //         mov $17, %edi
        .. (byte[])[0x31, 0xf6], //                           xor %esi, %esi
        .. (byte[])[0x31, 0xd2], //                           xor %edx, %edx
        .. (byte[])[0x45, 0x31, 0xd2], //                     xor %r10d, %r10d
        .. (byte[])[0x45, 0x31, 0xc0], //                     xor %r8d, %r8d
        .. (byte[])[0xb8, 0x38, 0x00, 0x00, 0x00], //         mov $56, %eax        clone
        .. (byte[])[0x0f, 0x05], //                           syscall
        .. (byte[])[0x85, 0xc0], //                           test %eax, %eax
        .. (byte[])[0x74, 0x01], //                           jz child
        .. (byte[])[0xc3], //                                 ret
        .. (byte[])[0xbf, 0x01, 0x00, 0x00, 0x00], // child:  mov $1, %edi
        .. (byte[])[0xbe, 0x09, 0x00, 0x00, 0x00], //         mov $9, %esi
        .. (byte[])[0xb8, 0x9d, 0x00, 0x00, 0x00], //         mov $157, %eax       prctl
        .. (byte[])[0x0f, 0x05], //                           syscall
        .. (byte[])[0xb8, 0x6e, 0x00, 0x00, 0x00], //         mov $110, %eax       getppid
        .. (byte[])[0x0f, 0x05], //                           syscall
        .. (byte[])[0x44, 0x39, 0xc8], //                     cmp %r9d, %eax
        .. (byte[])[0x75, 0x19], //                           jne exit
        .. (byte[])[0x31, 0xff], //                           xor %edi, %edi
        .. (byte[])[0xbe, 0xff, 0xff, 0xff, 0xff], //         mov $-1, %esi
        .. (byte[])[0x31, 0xd2], //                           xor %edx, %edx
        .. (byte[])[0xb8, 0xb4, 0x01, 0x00, 0x00], //         mov $436, %eax       close_range
        .. (byte[])[0x0f, 0x05], //                           syscall
        .. (byte[])[0xb8, 0x22, 0x00, 0x00, 0x00], // wait:   mov $34, %eax        pause
        .. (byte[])[0x0f, 0x05], //                           syscall
        .. (byte[])[0xeb, 0xf7], //                           jmp wait
        .. (byte[])[0x31, 0xff], //                   exit:   xor %edi, %edi
        .. (byte[])[0xb8, 0xe7, 0x00, 0x00, 0x00], //         mov $231, %eax       exit_group
        .. (byte[])[0x0f, 0x05], //                           syscall
    ];

    private static byte* s_code;

    private int _pid;

    private ForkedChild(int pid) => _pid = pid;

    /// <summary>arm64's code, as bytes.</summary>
    internal static byte[] Arm64
    {
        get
        {
            byte[] bytes = new byte[_arm64.Length * sizeof(uint)];
            Buffer.BlockCopy(_arm64, 0, bytes, 0, bytes.Length);
            return bytes;
        }
    }

    internal int Pid => _pid;

    /// <summary>Null with the errno if there can be none.</summary>
    public static ForkedChild? Fork(out int errno)
    {
        errno = s_code != null ? 0 : Make();
        if (errno != 0)
            return null;
        int pid = ((delegate* unmanaged[Cdecl]<int, int>)s_code)(Libc.getpid());
        errno = pid < 0 ? -pid : 0;
        return pid < 0 ? null : new ForkedChild(pid);
    }

    public void Dispose()
    {
        if (_pid == 0)
            return;
        Libc.kill(_pid, SIGKILL);
        int status;
        while (Posix.waitpid(_pid, &status, 0) < 0 && Libc.Error() == EINTR) { }
        _pid = 0;
    }

    /// <summary>0, or the errno.</summary>
    private static int Make()
    {
        string machine = HostFacts.Machine();
        if (machine is not ("aarch64" or "x86_64"))
            return ENOSYS;
        s_code = CodePage.Map(machine == "aarch64" ? Arm64 : _x64, out int errno);
        return errno;
    }
}
