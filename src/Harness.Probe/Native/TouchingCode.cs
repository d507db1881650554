using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;
using static Harness.Probe.Kvm.Native.SignalConstants;

namespace Harness.Probe.Native;

/// <summary>The result of one load or store: a word, or the signal that the kernel sent.</summary>
internal readonly struct Touched(uint value, int signal, int code, ulong address)
{
    public uint Value { get; } = value;

    /// <summary>0 if there was none.</summary>
    public int Signal { get; } = signal;

    public int Code { get; } = code;

    public ulong Address { get; } = address;
}

/// <summary>
/// A load and a store of a word that survive SIGSEGV and SIGBUS: a little machine code, with a signal handler that
/// recognizes these two instructions, records the signal and continues after them. Any other fault, of the runtime's
/// own checks or of another thread, goes to the previous handler; ours is installed only during the access.
/// </summary>
internal static unsafe class TouchingCode
{
    private const int ENOSYS = 38;
    private const int SIG_IGN = 1; // the greatest "handler" that is not an address

    // Offsets in the data area that the code has the address of.
    private const int Signal = 0;
    private const int Code = 4;
    private const int Address = 8;
    private const int Default = 32; // the kernel's struct sigaction with SIG_DFL: 32 zeroes
    private const int Former = 64; // by signal number: 8 bytes each, the previous handler

    /// <summary>
    /// load(x0) returns w0; store(x0, w1); handler(w0 signal, x1 siginfo, x2 context); the address of the data.
    /// </summary>
    private static readonly uint[] _arm64 =
    [
        0xb940_0000, // load:    ldr w0, [x0]
        0xd65f_03c0, //          ret
        0xb900_0001, // store:   str w1, [x0]
        0xd65f_03c0, //          ret
        0xf940_dc43, // handler: ldr x3, [x2, #440]        the faulting instruction
        0x10ff_ff64, //          adr x4, load
        0xeb04_007f, //          cmp x3, x4
        0x5400_0200, //          b.eq ours
        0x10ff_ff44, //          adr x4, store
        0xeb04_007f, //          cmp x3, x4
        0x5400_01a0, //          b.eq ours
        0x5800_02a4, //          ldr x4, data
        0x8b00_0c85, //          add x5, x4, x0, lsl #3
        0xf940_20b0, //          ldr x16, [x5, #64]        the previous handler
        0xf100_061f, //          cmp x16, #1
        0x5400_0049, //          b.ls none
        0xd61f_0200, //          br x16
        0x9100_8081, // none:    add x1, x4, #32           the default action: it faults again, which kills us
        0xd280_0002, //          mov x2, #0
        0xd280_0103, //          mov x3, #8
        0xd280_10c8, //          mov x8, #134              rt_sigaction
        0xd400_0001, //          svc #0
        0xd65f_03c0, //          ret
        0x9100_1063, // ours:    add x3, x3, #4
        0xf900_dc43, //          str x3, [x2, #440]        continue after it
        0x5800_00e4, //          ldr x4, data
        0xb940_0825, //          ldr w5, [x1, #8]          si_code
        0xf940_0826, //          ldr x6, [x1, #16]         si_addr
        0xb900_0080, //          str w0, [x4]
        0xb900_0485, //          str w5, [x4, #4]
        0xf900_0486, //          str x6, [x4, #8]
        0xd65f_03c0, //          ret
    ];

    /// <summary>The same for x86-64, for the harness's own tests.</summary>
    private static readonly byte[] _x64 =
    [
        0x8b,
        0x07, //                               load:    mov (%rdi), %eax
        0xc3, //                                              ret
        0x89,
        0x37, //                               store:   mov %esi, (%rdi)
        0xc3, //                                              ret
        0x48,
        0x8b,
        0x82,
        0xa8,
        0x00,
        0x00,
        0x00, // handler: mov 168(%rdx), %rax        gregs[REG_RIP]
        0x48,
        0x8d,
        0x0d,
        0xec,
        0xff,
        0xff,
        0xff, //          lea load(%rip), %rcx
        0x48,
        0x39,
        0xc8, //                                  cmp %rcx, %rax
        0x74,
        0x34, //                                        je ours
        0x48,
        0x8d,
        0x0d,
        0xe3,
        0xff,
        0xff,
        0xff, //          lea store(%rip), %rcx
        0x48,
        0x39,
        0xc8, //                                  cmp %rcx, %rax
        0x74,
        0x28, //                                        je ours
        0x48,
        0x8b,
        0x0d,
        0x44,
        0x00,
        0x00,
        0x00, //          mov data(%rip), %rcx
        0x48,
        0x8b,
        0x44,
        0xf9,
        0x40, //                      mov 64(%rcx,%rdi,8), %rax
        0x48,
        0x83,
        0xf8,
        0x01, //                            cmp $1, %rax
        0x76,
        0x02, //                                        jbe none
        0xff,
        0xe0, //                                        jmp *%rax
        0x48,
        0x8d,
        0x71,
        0x20, //                   none:    lea 32(%rcx), %rsi
        0x31,
        0xd2, //                                        xor %edx, %edx
        0x41,
        0xba,
        0x08,
        0x00,
        0x00,
        0x00, //                mov $8, %r10d
        0xb8,
        0x0d,
        0x00,
        0x00,
        0x00, //                      mov $13, %eax              rt_sigaction
        0x0f,
        0x05, //                                        syscall
        0xc3, //                                              ret
        0x48,
        0x83,
        0xc0,
        0x02, //                   ours:    add $2, %rax
        0x48,
        0x89,
        0x82,
        0xa8,
        0x00,
        0x00,
        0x00, //          mov %rax, 168(%rdx)
        0x48,
        0x8b,
        0x0d,
        0x11,
        0x00,
        0x00,
        0x00, //          mov data(%rip), %rcx
        0x8b,
        0x46,
        0x08, //                                  mov 8(%rsi), %eax
        0x48,
        0x8b,
        0x56,
        0x10, //                            mov 16(%rsi), %rdx
        0x89,
        0x39, //                                        mov %edi, (%rcx)
        0x89,
        0x41,
        0x04, //                                  mov %eax, 4(%rcx)
        0x48,
        0x89,
        0x51,
        0x08, //                            mov %rdx, 8(%rcx)
        0xc3, //                                              ret
    ];

    private static readonly int[] _signals = [SIGBUS, SIGSEGV];

    private static byte* s_code;
    private static byte* s_data;
    private static int s_store;
    private static int s_handler;

    /// <summary>arm64's code, as bytes, followed by the address of its data.</summary>
    internal static byte[] Arm64
    {
        get
        {
            var bytes = new byte[_arm64.Length * sizeof(uint)];
            Buffer.BlockCopy(_arm64, 0, bytes, 0, bytes.Length);
            return bytes;
        }
    }

    /// <summary>x86-64's code, as bytes, followed by the address of its data.</summary>
    internal static byte[] X64 => (byte[])_x64.Clone();

    /// <summary>
    /// One load, or one store of a word, by the calling thread: 0, or the errno if it can't be tried.
    /// </summary>
    /// <param name="at">Any address, a multiple of 4.</param>
    /// <param name="store">The word; null loads.</param>
    /// <param name="touched">The result.</param>
    public static int Touch(uint* at, uint? store, out Touched touched) =>
        Guarded(
            () =>
            {
                if (store is not { } value)
                    return ((delegate* unmanaged[Cdecl]<uint*, uint>)s_code)(at);
                ((delegate* unmanaged[Cdecl]<uint*, uint, void>)(s_code + s_store))(at, value);
                return value;
            },
            out touched
        );

    /// <summary>Installs the handler during the access: 0, or the errno if that fails.</summary>
    internal static int Guarded(Func<uint> access, out Touched touched)
    {
        touched = default;
        int errno = s_code != null ? 0 : Make();
        if (errno != 0)
            return errno;
        SignalAction* former = stackalloc SignalAction[_signals.Length];
        int installed = 0;
        try
        {
            for (; installed < _signals.Length; installed++)
            {
                errno = Install(_signals[installed], &former[installed]);
                if (errno != 0)
                    return errno;
            }
            *(int*)(s_data + Signal) = 0;
            uint value = access();
            int signal = Volatile.Read(ref *(int*)(s_data + Signal));
            touched =
                signal == 0
                    ? new Touched(value, 0, 0, 0)
                    : new Touched(0, signal, *(int*)(s_data + Code), *(ulong*)(s_data + Address));
            return 0;
        }
        finally
        {
            while (installed > 0)
            {
                installed--;
                // Restores the previous handler: it can't fail.
                Posix.sigaction(_signals[installed], &former[installed], null);
            }
        }
    }

    /// <summary>
    /// Installs ours in place of the previous handler, with its flags and mask if there are any: 0, or the errno.
    /// </summary>
    private static int Install(int signal, SignalAction* former)
    {
        if (Posix.sigaction(signal, null, former) != 0)
            return Libc.Error();
        *(ulong*)(s_data + Former + signal * sizeof(ulong)) = former->Handler;
        var ours = former->Handler > SIG_IGN ? *former : default;
        ours.Handler = (ulong)(s_code + s_handler);
        ours.Flags = (ours.Flags & ~SA_RESETHAND) | SA_SIGINFO | SA_ONSTACK;
        return Posix.sigaction(signal, &ours, null) == 0 ? 0 : Libc.Error();
    }

    /// <summary>0, or the errno.</summary>
    private static int Make()
    {
        string machine = HostFacts.Machine();
        bool arm64 = machine == "aarch64";
        if (!arm64 && machine != "x86_64")
            return ENOSYS;
        (s_store, s_handler) = arm64 ? (8, 16) : (3, 6);
        nuint page = (nuint)Libc.getpagesize();
        void* data = Libc.mmap(null, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (data == (void*)-1)
            return Libc.Error();
        s_code = CodePage.Map([.. arm64 ? Arm64 : X64, .. BitConverter.GetBytes((ulong)data)], out int errno);
        if (s_code == null)
            Libc.munmap(data, page);
        else
            s_data = (byte*)data;
        return errno;
    }
}
