using System.Runtime.InteropServices;

namespace Harness.Probe.Kvm.Native;

/// <summary>glibc's struct sigaction; x86-64 has the same.</summary>
[CStruct("struct sigaction", "signal.h")]
[StructLayout(LayoutKind.Sequential)]
public struct SignalAction
{
    [CField("sa_handler")]
    public ulong Handler;

    [CField("sa_mask")]
    public SignalSet Mask;

    [CField("sa_flags")]
    public uint Flags;

    [CField("sa_restorer")]
    public ulong Restorer;
}

/// <summary>siginfo_t of a fault; x86-64 has the same.</summary>
[CStruct("siginfo_t", "signal.h")]
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct SignalInfo
{
    [FieldOffset(0), CField("si_signo")]
    public int Signal;

    [FieldOffset(8), CField("si_code")]
    public int Code;

    [FieldOffset(16), CField("si_addr")]
    public ulong Address;
}

/// <summary>The context of the interrupted thread in a signal handler, on arm64.</summary>
[CStruct("ucontext_t", "ucontext.h")]
[StructLayout(LayoutKind.Explicit, Size = 4560)]
public struct SignalContext
{
    [FieldOffset(440), CField("uc_mcontext.pc")]
    public ulong ProgramCounter;
}

/// <summary>Fault signals and flags for handlers; asm-generic: the same on arm64 and x86-64.</summary>
public static class SignalConstants
{
    [CConstant("SIGBUS", "signal.h")]
    public const int SIGBUS = 7;

    [CConstant("SIGSEGV", "signal.h")]
    public const int SIGSEGV = 11;

    [CConstant("SA_SIGINFO", "signal.h")]
    public const uint SA_SIGINFO = 4;

    [CConstant("SA_ONSTACK", "signal.h")]
    public const uint SA_ONSTACK = 0x0800_0000;

    [CConstant("SA_RESETHAND", "signal.h")]
    public const uint SA_RESETHAND = 0x8000_0000;
}
