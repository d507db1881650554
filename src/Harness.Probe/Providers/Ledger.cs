using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Providers;

/// <summary>
/// What the worker has still to take back, in a file: a worker that is killed leaves it to the next one, or to the
/// supervisor.
/// </summary>
internal static unsafe class Ledger
{
    /// <summary>Gone with the next boot, as the settings are.</summary>
    private static readonly string Path = $"/run/stage2-harness-owes.{Posix.getuid()}";

    /// <summary>Replaces what is owed.</summary>
    public static void Owe(IReadOnlyList<(string Path, string Text)> undo)
    {
        if (undo.Count == 0)
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(Path + "\0"))
                Posix.unlink(name);
            return;
        }
        int fd = TemporaryFiles.Create(Path, truncate: true);
        if (fd < 0)
            return;
        var text = new StringBuilder();
        foreach (var (path, value) in undo)
            text.Append(path).Append('\t').Append(value.Trim()).Append('\n');
        SmallFile.WriteAll(fd, Encoding.ASCII.GetBytes(text.ToString()));
        Libc.close(fd);
    }

    /// <summary>Takes back what a worker that is no more left.</summary>
    public static void Settle()
    {
        if (SmallFile.ReadText(Path, out _) is not { } text)
            return;
        string[] lines = text.Split('\n');
        for (int i = lines.Length - 1; i >= 0; i--)
        {
            string[] parts = lines[i].Split('\t');
            if (parts.Length == 2)
                SmallFile.Write(parts[0], parts[1] + "\n");
        }
        Owe([]);
    }
}
