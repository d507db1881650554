using System.Runtime.InteropServices;

namespace Harness.Kvm.Native;

/// <summary>
/// The C library as it is: native spelling, native types, -1 for an error. errno is to be read on the very next line,
/// with <see cref="Error"/>. One signature each; every argument is blittable, so that .NET and Mono run the same code.
/// </summary>
public static unsafe class Libc
{
    private const string Library = "libc.so.6";

    /// <summary>errno of the last call of this thread.</summary>
    public static int Error() => Marshal.GetLastWin32Error();

    [DllImport(Library, SetLastError = true)]
    public static extern int open(byte* path, int flags, int mode);

    [DllImport(Library, SetLastError = true)]
    public static extern int close(int fd);

    [DllImport(Library, SetLastError = true)]
    public static extern nint read(int fd, void* buffer, nuint count);

    [DllImport(Library, SetLastError = true)]
    public static extern nint write(int fd, void* buffer, nuint count);

    [DllImport(Library, SetLastError = true)]
    public static extern long lseek(int fd, long offset, int whence);

    [DllImport(Library, SetLastError = true)]
    public static extern int ioctl(int fd, nuint request, void* argument);

    [DllImport(Library, SetLastError = true)]
    public static extern void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [DllImport(Library, SetLastError = true)]
    public static extern int munmap(void* address, nuint length);

    [DllImport(Library, SetLastError = true)]
    public static extern int mprotect(void* address, nuint length, int protection);

    [DllImport(Library, SetLastError = true)]
    public static extern void* mremap(void* address, nuint length, nuint newLength, int flags, void* newAddress);

    [DllImport(Library, SetLastError = true)]
    public static extern int fallocate(int fd, int mode, long offset, long length);

    [DllImport(Library, SetLastError = true)]
    public static extern int memfd_create(byte* name, uint flags);

    /// <summary>What the library has no function for; variadic in C, which makes no difference to integers.</summary>
    [DllImport(Library, SetLastError = true)]
    public static extern nint syscall(nint number, nint argument);

    [DllImport(Library, SetLastError = true)]
    public static extern int ftruncate(int fd, long length);

    [DllImport(Library, SetLastError = true)]
    public static extern int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [DllImport(Library, SetLastError = true)]
    public static extern int kill(int pid, int signal);

    [DllImport(Library, SetLastError = true)]
    public static extern int getpid();

    [DllImport(Library, SetLastError = true)]
    public static extern int gettid();

    [DllImport(Library, SetLastError = true)]
    public static extern uint geteuid();

    [DllImport(Library, SetLastError = true)]
    public static extern int getpagesize();

    /// <summary>Returns the error itself, not through errno.</summary>
    [DllImport(Library)]
    public static extern int pthread_sigmask(int how, SignalSet* set, SignalSet* old);

    [DllImport(Library, SetLastError = true)]
    public static extern int sigtimedwait(SignalSet* set, void* info, TimeSpec* timeout);

    [DllImport(Library, SetLastError = true)]
    public static extern int timer_create(int clock, SignalEvent* how, nint* timer);

    [DllImport(Library, SetLastError = true)]
    public static extern int timer_settime(nint timer, int flags, IntervalTimerSpec* value, IntervalTimerSpec* old);
}
