using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Providers;

/// <summary>Creates files.</summary>
internal static unsafe class TemporaryFiles
{
    private const int O_TRUNC = 0x200;
    private const int ENOSPC = 28;
    private const int EDQUOT = 122;

    /// <summary>More than the files of all cases that run side by side have.</summary>
    private const long Room = 4 << 20;

    private static int _made;

    /// <summary>
    /// The candidate folders, the first suitable one is used: a folder that persists over a boot is more likely to be
    /// on a disk.
    /// </summary>
    public static readonly string[] Folders = ["/var/tmp", "/tmp", "/dev/shm"];

    /// <summary>An unlinked file: the descriptor, or minus the errno.</summary>
    public static int Open(string folder)
    {
        string path = $"{folder}/stage2-harness.{Libc.getpid()}.{_made++}";
        int fd = Create(path, truncate: false);
        if (fd < 0)
            return fd;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            Posix.unlink(name);
        return fd;
    }

    /// <summary>Whether a folder takes the files of cases: 0, or the errno. A page of a file in a file system without
    /// room is a SIGBUS when it is touched.</summary>
    public static int Try(string folder)
    {
        int fd = Open(folder);
        if (fd < 0)
            return -fd;
        // Some file systems can't allocate in advance: that says nothing about their room.
        int errno = Libc.fallocate(fd, 0, 0, Room) == 0 ? 0 : Libc.Error();
        Libc.close(fd);
        return errno is ENOSPC or EDQUOT ? errno : 0;
    }

    /// <summary>Creates a file: the descriptor, or minus the errno.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="truncate">An existing file is truncated; else it is EEXIST.</param>
    public static int Create(string path, bool truncate)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            int fd = Libc.open(
                name,
                O_RDWR | O_CLOEXEC | ProviderConstants.O_CREAT | (truncate ? O_TRUNC : ProviderConstants.O_EXCL),
                0x180
            );
            return fd < 0 ? -Libc.Error() : fd;
        }
    }
}
