using System.Text;
using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// Files of /proc, /sys and tracefs: read and written by single system calls (a tracefs write is one command). Returns
/// the errno, which FileStream would hide in an exception's text.
/// </summary>
internal static unsafe class SmallFile
{
    private const int Limit = 1 << 20;

    /// <summary>
    /// The content, up to 1 MiB; null with the errno if it can't be read. Invalid UTF-8 becomes U+FFFD.
    /// </summary>
    public static string? ReadText(string path, out int errno)
    {
        var bytes = ReadBytes(path, out errno);
        return bytes is null ? null : Encoding.UTF8.GetString(bytes, 0, bytes.Length);
    }

    public static byte[]? ReadBytes(string path, out int errno)
    {
        int fd = Paths.Open(path, O_RDONLY | O_CLOEXEC);
        errno = fd < 0 ? -fd : 0;
        if (fd < 0)
            return null;
        var bytes = new byte[4096];
        int length = 0;
        while (length < Limit)
        {
            if (length == bytes.Length)
                Array.Resize(ref bytes, length * 4);
            int got = Read(fd, bytes, length, bytes.Length - length);
            if (got < 0)
                errno = -got;
            if (got <= 0)
                break;
            length += got;
        }
        Libc.close(fd);
        if (errno != 0)
            return null;
        Array.Resize(ref bytes, length);
        return bytes;
    }

    /// <summary>Writes the text by one write(2): 0, or the errno.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="text">ASCII.</param>
    /// <param name="append">Open with O_APPEND: kprobe_events is cleared when it is opened without it.</param>
    public static int Write(string path, string text, bool append = false)
    {
        int fd = Paths.Open(path, Posix.O_WRONLY | O_CLOEXEC | (append ? Posix.O_APPEND : 0));
        if (fd < 0)
            return -fd;
        var bytes = Encoding.ASCII.GetBytes(text);
        int errno = 0;
        fixed (byte* start = bytes)
            if (Libc.write(fd, start, (nuint)bytes.Length) < 0)
                errno = Libc.Error();
        Libc.close(fd);
        return errno;
    }

    /// <summary>mkdir(2): 0, or the errno.</summary>
    public static int MakeFolder(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            return Posix.mkdir(name, 0x1c0) == 0 ? 0 : Libc.Error();
    }

    /// <summary>rmdir(2): 0, or the errno.</summary>
    public static int RemoveFolder(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            return Posix.rmdir(name) == 0 ? 0 : Libc.Error();
    }

    /// <summary>One read(2), repeated after EINTR: the count, 0 at the end, or minus the errno.</summary>
    public static int Read(int fd, byte[] buffer, int offset, int count)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                int got = (int)Libc.read(fd, start + offset, (nuint)count);
                if (got >= 0)
                    return got;
                int errno = Libc.Error();
                if (errno != EINTR)
                    return -errno;
            }
        }
    }

    /// <summary>All the bytes, by as many write(2) as it takes: 0, or the errno.</summary>
    public static int WriteAll(int fd, byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int at = 0; at < bytes.Length; )
            {
                int put = (int)Libc.write(fd, start + at, (nuint)(bytes.Length - at));
                if (put >= 0)
                {
                    at += put;
                    continue;
                }
                int errno = Libc.Error();
                if (errno != EINTR)
                    return errno;
            }
        }
        return 0;
    }
}
