using Spectre.Console;
using Spectre.Console.Rendering;

namespace Harness.Reports.Progress;

/// <summary>
/// Shows a <see cref="ProgressModel"/> until it is disposed: on a terminal one live line per host, elsewhere a plain
/// line when a host's phase changes and every few seconds. A run of several hosts has an additional line.
/// </summary>
public sealed class ProgressDisplay : IAsyncDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_repeat = TimeSpan.FromSeconds(5);

    private const int MostLines = 12;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private ProgressDisplay(Func<CancellationToken, Task> loop) => _loop = loop(_stop.Token);

    /// <param name="writer">The output: stderr, so that stdout only has the report.</param>
    /// <param name="terminal">Whether the writer is a terminal.</param>
    public static ProgressDisplay Start(ProgressModel model, TextWriter writer, bool terminal, TimeProvider time) =>
        new(
            terminal
                ? stop => LiveAsync(model, TerminalFactory.Create(writer), time, stop)
                : stop => LinesAsync(model, new ProgressLines(writer, time, s_repeat), time, stop)
        );

    /// <summary>Shows the last state and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static Task LiveAsync(
        ProgressModel model,
        IAnsiConsole console,
        TimeProvider time,
        CancellationToken stop
    ) =>
        console
            .Live(Picture(model))
            .StartAsync(async live =>
            {
                while (await TickAsync(time, stop).ConfigureAwait(false))
                    live.UpdateTarget(Picture(model));
                live.UpdateTarget(Picture(model));
            });

    private static async Task LinesAsync(
        ProgressModel model,
        ProgressLines lines,
        TimeProvider time,
        CancellationToken stop
    )
    {
        do lines.Show(model.Overall());
        while (await TickAsync(time, stop).ConfigureAwait(false));
        lines.Show(model.Overall());
    }

    private static async Task<bool> TickAsync(TimeProvider time, CancellationToken stop)
    {
        await Task.Delay(s_redraw, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }

    internal static IRenderable Picture(ProgressModel model)
    {
        var run = model.Overall();
        // Limited to the screen: of many hosts only those that are running.
        var hosts =
            run.Hosts.Count <= MostLines
                ? run.Hosts
                : [.. run.Hosts.Where(h => !h.Ended && h.Phase != HostSnapshot.Waiting)];
        int width = hosts.Count == 0 ? 0 : hosts.Max(h => h.Target.Length);
        var lines = hosts.Select(h =>
            Line(h.Target.PadRight(width), h.Text, h.Ended ? TextTone.Faint : TextTone.Plain)
        );
        return new Rows(
            run.Hosts.Count > 1 ? [.. lines, Line("run".PadRight(width), run.Text, TextTone.Plain)] : [.. lines]
        );
    }

    private static Paragraph Line(string name, string text, TextTone ink) =>
        new Paragraph { Overflow = Overflow.Ellipsis }
            .Append(Printable.Of(name) + "  ", TerminalFactory.Style(TextTone.Strong))
            .Append(Printable.Of(text), TerminalFactory.Style(ink));
}
