using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>/dev/kmsg, from the time it was opened. If it can't be opened, it has no lines.</summary>
internal sealed class KernelLog
{
    private const int LineLimit = 500;
    private const int LinesLimit = 200;
    private const string Lost = "(the kernel overwrote lines before they were read)";
    private const string More = "(more lines than are kept)";

    private readonly int _fd;
    private readonly byte[] _record = new byte[8192];

    public KernelLog()
    {
        _fd = Paths.Open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        Errno = _fd < 0 ? -_fd : 0;
        SkipToEnd();
    }

    /// <summary>Why it can't be read; 0 if it can.</summary>
    public int Errno { get; }

    public void SkipToEnd()
    {
        if (_fd >= 0)
            Libc.lseek(_fd, 0, SEEK_END);
    }

    /// <summary>The text of what was logged since the last call, bounded in number and length.</summary>
    public IReadOnlyList<string> Read()
    {
        if (_fd < 0)
            return [];
        List<string>? lines = null;
        while (true)
        {
            int got = SmallFile.Read(_fd, _record, 0, _record.Length);
            if (got == -Posix.EPIPE)
            {
                (lines ??= []).Add(Lost);
                continue;
            }
            if (got <= 0)
                return lines ?? (IReadOnlyList<string>)[];
            lines ??= [];
            if (lines.Count < LinesLimit)
                lines.Add(TextOf(_record, got));
            else if (lines.Count == LinesLimit)
                lines.Add(More);
        }
    }

    /// <summary>
    /// Of "priority,number,time,flags;text\n key=value\n": the text (Documentation/ABI/testing/dev-kmsg).
    /// </summary>
    internal static string TextOf(byte[] record, int count)
    {
        int start = Array.IndexOf(record, (byte)';', 0, count) + 1;
        int end = Array.IndexOf(record, (byte)'\n', start, count - start);
        int length = Math.Min((end < 0 ? count : end) - start, LineLimit);
        return Encoding.UTF8.GetString(record, start, length);
    }
}
