using System.Text;
using Harness.Probe.Native;

namespace Harness.Probe.Providers;

/// <summary>
/// Changes to the host's configuration files, which are reverted in reverse order when the program ends.
/// </summary>
internal sealed unsafe class Settings : IDisposable
{
    private const int MostPolls = 10;
    private const int PollMs = 10;
    private readonly List<(string Path, string Text)> _undo = [];
    private int _child;

    /// <summary>Writes: 0, or the errno. If that succeeded, <paramref name="undo"/> is written at the end.</summary>
    public int Write(string path, string text, params (string Path, string Text)[] undo)
    {
        int errno = SmallFile.Write(path, text);
        if (errno == 0)
        {
            _undo.AddRange(undo);
            Ledger.Owe(_undo);
        }
        return errno;
    }

    /// <summary>
    /// A process of its own writes, since that may wait for what the program has open: 0, or the errno of starting it.
    /// Disposing waits for it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What is written.</param>
    /// <param name="waits">It has not ended after a tenth of a second.</param>
    public int WriteApart(string path, string text, out bool waits)
    {
        waits = false;
        int child;
        fixed (
            byte* shell = "/bin/sh\0"u8,
                option = "-c\0"u8
        )
        fixed (byte* command = Encoding.UTF8.GetBytes($"echo {text} > {path}\0"))
        {
            byte** arguments = stackalloc byte*[] { shell, option, command, null };
            byte** environment = stackalloc byte*[] { null };
            int errno = Posix.posix_spawn(&child, shell, null, null, arguments, environment);
            if (errno != 0)
                return errno;
        }
        _child = child;
        for (int i = 0; i < MostPolls && !Ended(Posix.WNOHANG); i++)
            Posix.poll(null, 0, PollMs);
        waits = _child != 0;
        return 0;
    }

    private bool Ended(int options)
    {
        int status;
        if (_child != 0 && Posix.waitpid(_child, &status, options) != 0)
            _child = 0;
        return _child == 0;
    }

    public void Dispose()
    {
        Ended(options: 0);
        for (int i = _undo.Count - 1; i >= 0; i--)
            SmallFile.Write(_undo[i].Path, _undo[i].Text);
        _undo.Clear();
        Ledger.Owe(_undo);
    }
}
