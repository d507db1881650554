using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}

/// <summary>
/// library functions for the supervisor, in addition to <see cref="Harness.Probe.Kvm.Native.Libc"/>; the same rules
/// apply.
/// </summary>
internal static unsafe partial class Posix
{
    private const string Library = "libc";

    public const short POLLIN = 1;
    public const short POLLERR = 8;
    public const short POLLHUP = 0x10;
    public const int WNOHANG = 1;
    public const int SIGPIPE = 13;
    public const nint SIG_IGN = 1;
    public const int RLIMIT_CORE = 4;
    public const int F_SETFD = 2;
    public const int FD_CLOEXEC = 1;
    public const int O_WRONLY = 1;
    public const int O_APPEND = 0x400;
    public const int ENOENT = 2;
    public const int EPIPE = 32;
    public const int SYSLOG_ACTION_READ_ALL = 3;
    public const int SYSLOG_ACTION_SIZE_BUFFER = 10;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int pipe2(int* ends, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getppid();

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint signal(int signal, nint handler);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mkdir(byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int rmdir(byte* path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int unlink(byte* path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readlink(byte* path, byte* target, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int madvise(void* address, nuint size, int advice);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mlock(void* address, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint getuid();

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint pread(int fd, void* buffer, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint pwrite(int fd, void* buffer, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mount(byte* source, byte* target, byte* type, nuint flags, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial void* opendir(byte* path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial FolderEntry* readdir(void* folder);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int closedir(void* folder);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int sigaction(int signal, SignalAction* action, SignalAction* former);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int klogctl(int type, byte* buffer, int length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int uname(byte* names);

    /// <summary>These return the error itself, not through errno.</summary>
    [LibraryImport(Library)]
    public static partial int posix_spawn(
        int* pid,
        byte* path,
        void* actions,
        void* attributes,
        byte** arguments,
        byte** environment
    );

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_addclose(void* actions, int descriptor);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_destroy(void* actions);
}
