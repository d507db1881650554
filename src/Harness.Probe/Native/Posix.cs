using System.Runtime.InteropServices;
using Harness.Kvm.Native;

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

/// <summary>What a supervisor needs of the C library beyond <see cref="Harness.Kvm.Native.Libc"/>; the same rules hold.</summary>
internal static unsafe class Posix
{
    private const string Library = "libc.so.6";

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

    [DllImport(Library, SetLastError = true)]
    public static extern int poll(PollEntry* entries, nuint count, int timeoutMs);

    [DllImport(Library, SetLastError = true)]
    public static extern int pipe2(int* ends, int flags);

    [DllImport(Library, SetLastError = true)]
    public static extern int waitpid(int pid, int* status, int options);

    [DllImport(Library, SetLastError = true)]
    public static extern int getppid();

    [DllImport(Library, SetLastError = true)]
    public static extern nint signal(int signal, nint handler);

    [DllImport(Library, SetLastError = true)]
    public static extern int setrlimit(int resource, ResourceLimit* limit);

    [DllImport(Library, SetLastError = true)]
    public static extern int fcntl(int fd, int command, nint argument);

    [DllImport(Library, SetLastError = true)]
    public static extern int mkdir(byte* path, uint mode);

    [DllImport(Library, SetLastError = true)]
    public static extern int rmdir(byte* path);

    [DllImport(Library, SetLastError = true)]
    public static extern int unlink(byte* path);

    [DllImport(Library, SetLastError = true)]
    public static extern nint readlink(byte* path, byte* target, nuint size);

    [DllImport(Library, SetLastError = true)]
    public static extern int madvise(void* address, nuint size, int advice);

    [DllImport(Library, SetLastError = true)]
    public static extern uint getuid();

    [DllImport(Library, SetLastError = true)]
    public static extern nint pread(int fd, void* buffer, nuint count, long offset);

    [DllImport(Library, SetLastError = true)]
    public static extern nint pwrite(int fd, void* buffer, nuint count, long offset);

    [DllImport(Library, SetLastError = true)]
    public static extern int mount(byte* source, byte* target, byte* type, nuint flags, void* data);

    [DllImport(Library, SetLastError = true)]
    public static extern void* opendir(byte* path);

    [DllImport(Library, SetLastError = true)]
    public static extern FolderEntry* readdir(void* folder);

    [DllImport(Library, SetLastError = true)]
    public static extern int closedir(void* folder);

    [DllImport(Library, SetLastError = true)]
    public static extern int sigaction(int signal, SignalAction* action, SignalAction* former);

    [DllImport(Library, SetLastError = true)]
    public static extern int klogctl(int type, byte* buffer, int length);

    [DllImport(Library, SetLastError = true)]
    public static extern int uname(byte* names);

    /// <summary>These return the error itself, not through errno.</summary>
    [DllImport(Library)]
    public static extern int posix_spawn(int* pid, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [DllImport(Library)]
    public static extern int posix_spawn_file_actions_init(void* actions);

    [DllImport(Library)]
    public static extern int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [DllImport(Library)]
    public static extern int posix_spawn_file_actions_addclose(void* actions, int descriptor);

    [DllImport(Library)]
    public static extern int posix_spawn_file_actions_destroy(void* actions);
}
