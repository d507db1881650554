using System.Text;

namespace Harness.Probe.Kvm.Native;

/// <summary>Calls with a path or a name, as .NET strings.</summary>
public static unsafe class Paths
{
    /// <summary>open(2): the descriptor, or minus the errno.</summary>
    public static int Open(string path, int flags)
    {
        fixed (byte* name = Terminated(path))
        {
            int fd = Libc.open(name, flags, 0);
            return fd < 0 ? -Libc.Error() : fd;
        }
    }

    /// <summary>memfd_create(2): the descriptor, or minus the errno.</summary>
    public static int Memfd(string name, uint flags)
    {
        fixed (byte* text = Terminated(name))
        {
            int fd = Libc.memfd_create(text, flags);
            return fd < 0 ? -Libc.Error() : fd;
        }
    }

    /// <summary>memfd_secret(2), close-on-exec: the descriptor, or minus the errno.</summary>
    public static int MemfdSecret()
    {
        int fd = (int)Libc.syscall(LibcConstants.SYS_memfd_secret, LibcConstants.O_CLOEXEC);
        return fd < 0 ? -Libc.Error() : fd;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + "\0");
}
