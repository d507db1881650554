using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Providers;

/// <summary>
/// The host settings that the worker has to restore, in a file: if a worker is killed, the next one or the supervisor
/// restores them.
/// </summary>
internal static unsafe class Ledger
{
    /// <summary>The file is lost with the next boot, as the settings are.</summary>
    private static readonly string Path = $"/run/stage2-harness-owes.{Posix.getuid()}";

    /// <summary>Replaces the settings to restore.</summary>
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

    /// <summary>Restores the settings that a dead worker left.</summary>
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
