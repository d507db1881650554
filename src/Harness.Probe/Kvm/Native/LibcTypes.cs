using System.Runtime.InteropServices;

namespace Harness.Probe.Kvm.Native;

/// <summary>glibc's sigset_t: 1024 bits, of which the kernel uses the first 64.</summary>
[CStruct("sigset_t", "signal.h")]
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct SignalSet
{
    [CField("__val[0]")]
    public ulong First64;
}

[CStruct("struct timespec", "time.h")]
[StructLayout(LayoutKind.Sequential)]
public struct TimeSpec
{
    [CField("tv_sec")]
    public long Seconds;

    [CField("tv_nsec")]
    public long Nanoseconds;
}

[CStruct("struct itimerspec", "time.h")]
[StructLayout(LayoutKind.Sequential)]
public struct IntervalTimerSpec
{
    [CField("it_interval")]
    public TimeSpec Interval;

    [CField("it_value")]
    public TimeSpec Value;
}

/// <summary>How a POSIX timer notifies of its expiry.</summary>
[CStruct("struct sigevent", "signal.h")]
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct SignalEvent
{
    [FieldOffset(8), CField("sigev_signo")]
    public int Signal;

    [FieldOffset(12), CField("sigev_notify")]
    public int Notify;

    [FieldOffset(16), CField("_sigev_un._tid")]
    public int ThreadId;
}

/// <summary>Constants of the C library's headers, asm-generic: the same on arm64 and x86-64.</summary>
public static class LibcConstants
{
    [CConstant("O_RDONLY", "fcntl.h")]
    public const int O_RDONLY = 0;

    [CConstant("O_RDWR", "fcntl.h")]
    public const int O_RDWR = 2;

    [CConstant("O_NONBLOCK", "fcntl.h")]
    public const int O_NONBLOCK = 0x800;

    [CConstant("O_CLOEXEC", "fcntl.h")]
    public const int O_CLOEXEC = 0x80000;

    [CConstant("PROT_NONE", "sys/mman.h")]
    public const int PROT_NONE = 0;

    [CConstant("PROT_READ", "sys/mman.h")]
    public const int PROT_READ = 1;

    [CConstant("PROT_WRITE", "sys/mman.h")]
    public const int PROT_WRITE = 2;

    [CConstant("MAP_SHARED", "sys/mman.h")]
    public const int MAP_SHARED = 1;

    [CConstant("MAP_PRIVATE", "sys/mman.h")]
    public const int MAP_PRIVATE = 2;

    [CConstant("MAP_FIXED", "sys/mman.h")]
    public const int MAP_FIXED = 0x10;

    [CConstant("MAP_ANONYMOUS", "sys/mman.h")]
    public const int MAP_ANONYMOUS = 0x20;

    [CConstant("MAP_NORESERVE", "sys/mman.h")]
    public const int MAP_NORESERVE = 0x4000;

    [CConstant("MREMAP_MAYMOVE", "sys/mman.h")]
    public const int MREMAP_MAYMOVE = 1;

    [CConstant("MREMAP_FIXED", "sys/mman.h")]
    public const int MREMAP_FIXED = 2;

    [CConstant("FALLOC_FL_KEEP_SIZE", "linux/falloc.h")]
    public const int FALLOC_FL_KEEP_SIZE = 1;

    [CConstant("FALLOC_FL_PUNCH_HOLE", "linux/falloc.h")]
    public const int FALLOC_FL_PUNCH_HOLE = 2;

    [CConstant("MFD_CLOEXEC", "sys/mman.h")]
    public const uint MFD_CLOEXEC = 1;

    [CConstant("SYS_memfd_secret", "sys/syscall.h")]
    public const int SYS_memfd_secret = 447;

    [CConstant("SEEK_SET", "unistd.h")]
    public const int SEEK_SET = 0;

    [CConstant("SEEK_END", "unistd.h")]
    public const int SEEK_END = 2;

    [CConstant("SIGKILL", "signal.h")]
    public const int SIGKILL = 9;

    [CConstant("SIG_BLOCK", "signal.h")]
    public const int SIG_BLOCK = 0;

    [CConstant("SIGEV_THREAD_ID", "signal.h")]
    public const int SIGEV_THREAD_ID = 4;

    [CConstant("CLOCK_MONOTONIC", "time.h")]
    public const int CLOCK_MONOTONIC = 1;

    [CConstant("PR_SET_PDEATHSIG", "sys/prctl.h")]
    public const int PR_SET_PDEATHSIG = 1;

    [CConstant("PR_SET_NAME", "sys/prctl.h")]
    public const int PR_SET_NAME = 15;

    [CConstant("EINTR", "errno.h")]
    public const int EINTR = 4;

    [CConstant("EIO", "errno.h")]
    public const int EIO = 5;

    [CConstant("E2BIG", "errno.h")]
    public const int E2BIG = 7;

    [CConstant("EBADF", "errno.h")]
    public const int EBADF = 9;

    [CConstant("EAGAIN", "errno.h")]
    public const int EAGAIN = 11;

    [CConstant("EFAULT", "errno.h")]
    public const int EFAULT = 14;

    [CConstant("EBUSY", "errno.h")]
    public const int EBUSY = 16;

    [CConstant("ECANCELED", "errno.h")]
    public const int ECANCELED = 125;

    [CConstant("SIG_SETMASK", "signal.h")]
    public const int SIG_SETMASK = 2;

    [CConstant("EHWPOISON", "errno.h")]
    public const int EHWPOISON = 133;
}
