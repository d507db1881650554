using System.Diagnostics;
using System.Globalization;

namespace Harness.Cli;

/// <summary>
/// Progress of work that consists of equal parts: one line that changes on a terminal, a line every ten seconds
/// elsewhere.
/// </summary>
internal sealed class CountedProgress(HarnessConsole console, string noun)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = console.ErrorIsTerminal ? TimeSpan.FromSeconds(0.5) : TimeSpan.FromSeconds(10);
    private int _width;

    /// <param name="done">How many are done.</param>
    /// <param name="all">How many there are.</param>
    public void Report(int done, int all)
    {
        if (_clock.Elapsed < _next || done == all)
            return;
        var left = _clock.Elapsed * ((double)(all - done) / done);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{done} of {all} {noun}, about {(left.TotalSeconds < 90 ? $"{left.TotalSeconds:0} s" : $"{left.TotalMinutes:0} min")} left"
        );
        if (console.ErrorIsTerminal)
        {
            console.Error.Write($"\r{line.PadRight(_width)}");
            _width = line.Length;
            _next = _clock.Elapsed + TimeSpan.FromSeconds(0.2);
        }
        else
        {
            console.Error.WriteLine(line);
            _next = _clock.Elapsed + TimeSpan.FromSeconds(10);
        }
    }

    /// <summary>Removes the line from a terminal.</summary>
    public void Clear()
    {
        if (_width > 0)
            console.Error.Write($"\r{new string(' ', _width)}\r");
        _width = 0;
    }
}
