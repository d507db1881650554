using System.Runtime.InteropServices;

namespace Harness.Probe.Kvm.Native;

/// <summary>
/// The C library: native spelling, native types, -1 for an error. Read errno on the next line, with <see
/// cref="Error"/>. One signature each; every argument is blittable.
/// </summary>
public static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary>errno of the last call of this thread.</summary>
    public static int Error() => Marshal.GetLastPInvokeError();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int open(byte* path, int flags, int mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport(Library, SetLastError = true)]
    public static partial void* mremap(void* address, nuint length, nuint newLength, int flags, void* newAddress);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int memfd_create(byte* name, uint flags);

    /// <summary>
    /// System calls without a library function; variadic in C, which makes no difference for integers.
    /// </summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint syscall(nint number, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint syscall(nint number, nint a, nint b, void* c, void* d, void* e, nint f);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ftruncate(int fd, long length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getpid();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int gettid();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int tgkill(int pid, int tid, int signal);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint geteuid();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getpagesize();

    /// <summary>Returns the error itself, not through errno.</summary>
    [LibraryImport(Library)]
    public static partial int pthread_sigmask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int sigtimedwait(SignalSet* set, void* info, TimeSpec* timeout);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int timer_create(int clock, SignalEvent* how, nint* timer);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int timer_settime(nint timer, int flags, IntervalTimerSpec* value, IntervalTimerSpec* old);
}
