using Spectre.Console;
using Spectre.Console.Rendering;

namespace Harness.Reports.Progress;

/// <summary>
/// Shows a <see cref="ProgressModel"/> until it is disposed: on a terminal one live line a host, elsewhere a plain line
/// when a host's phase changes and every few seconds.
/// </summary>
public sealed class ProgressDisplay : IAsyncDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_repeat = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private ProgressDisplay(Func<CancellationToken, Task> loop) => _loop = loop(_stop.Token);

    /// <param name="writer">Where it is shown: stderr, so that stdout holds the report alone.</param>
    /// <param name="terminal">Whether the writer is a terminal.</param>
    public static ProgressDisplay Start(ProgressModel model, TextWriter writer, bool terminal, TimeProvider time) => new(terminal
        ? stop => LiveAsync(model, Terminals.Create(writer), time, stop)
        : stop => LinesAsync(model, new ProgressLines(writer, time, s_repeat), time, stop));

    /// <summary>Shows the last state and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static Task LiveAsync(ProgressModel model, IAnsiConsole console, TimeProvider time, CancellationToken stop) =>
        console.Live(Picture(model)).StartAsync(async live =>
        {
            while (await TickAsync(time, stop).ConfigureAwait(false))
                live.UpdateTarget(Picture(model));
            live.UpdateTarget(Picture(model));
        });

    private static async Task LinesAsync(ProgressModel model, ProgressLines lines, TimeProvider time, CancellationToken stop)
    {
        do
            lines.Show(model.Snapshot());
        while (await TickAsync(time, stop).ConfigureAwait(false));
        lines.Show(model.Snapshot());
    }

    private static async Task<bool> TickAsync(TimeProvider time, CancellationToken stop)
    {
        await Task.Delay(s_redraw, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }

    internal static IRenderable Picture(ProgressModel model)
    {
        var hosts = model.Snapshot();
        int width = hosts.Count == 0 ? 0 : hosts.Max(h => h.Target.Length);
        return new Rows(hosts.Select(h => new Paragraph()
        {
            Overflow = Overflow.Ellipsis,
        }.Append(Printable.Of(h.Target.PadRight(width)) + "  ", Terminals.Style(Ink.Strong))
            .Append(Printable.Of(h.Text), Terminals.Style(h.Ended ? Ink.Faint : Ink.Plain))));
    }
}
