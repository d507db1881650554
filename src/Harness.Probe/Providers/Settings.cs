using Harness.Probe.Native;

namespace Harness.Probe.Providers;

/// <summary>
/// Changes to the host's configuration files, which are reverted in reverse order when the program ends.
/// </summary>
internal sealed class Settings : IDisposable
{
    private readonly List<(string Path, string Text)> _undo = [];

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

    public void Dispose()
    {
        for (int i = _undo.Count - 1; i >= 0; i--)
            SmallFile.Write(_undo[i].Path, _undo[i].Text);
        _undo.Clear();
        Ledger.Owe(_undo);
    }
}
