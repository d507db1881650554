using Harness.Images;
using Harness.Model;
using Harness.Processes;
using Harness.Runs.Bisecting;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

/// <summary>
/// Boots kernels and runs one case on each, until it finds the first that behaves differently. Nothing is stored.
/// </summary>
internal sealed class BisectAction
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly BisectRequest _request;
    private readonly Case _case;
    private readonly HarnessConsole _console;
    private readonly Bisection _bisection;
    private readonly ProbeFile _probe = ProbeFile.Embedded;
    private readonly Lock _lock = new();

    private BisectAction(BisectRequest request, Case @case, HarnessConsole console, CancellationToken cancel)
    {
        (_request, _case, _console) = (request, @case, console);
        _bisection = new Bisection(version => AskAsync(version, cancel));
    }

    public static async Task<int> ExecuteAsync(BisectRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var c = CasesAction.Find(request.Case);
        var store = Images.Store();
        var known = store.Sources.Recipe.Tracks;
        BisectPoint good = BisectPoint.Parse("--good", request.Good, known),
            bad = BisectPoint.Parse("--bad", request.Bad, known);
        var tracks =
            good.Track == bad.Track
                ? [good.Track]
                : VersionOrder.Between(known.Select(t => t.Name), good.Track, bad.Track);
        bool wholeTracks = good.Release is null && bad.Release is null;
        if (tracks.Count < (wholeTracks ? 2 : 1))
            throw new UsageException(
                $"no row of tracks leads from {request.Good} to {request.Bad}: --good is the older of two, and both are of one kind"
            );
        var action = new BisectAction(request, c, console, cancel);
        return wholeTracks
            ? await action.SearchAsync(store, tracks, cancel).ConfigureAwait(false)
            : await action.SearchReleasesAsync(store, good, bad, tracks, cancel).ConfigureAwait(false);
    }

    /// <summary>Over the releases between two in the archive.</summary>
    private async Task<int> SearchReleasesAsync(
        ImageStore store,
        BisectPoint good,
        BisectPoint bad,
        IReadOnlyList<string> tracks,
        CancellationToken cancel
    )
    {
        var builder = new ImageBuilder(store, new ProcessRunner());
        var row = BisectRow.Of(
            good,
            bad,
            await builder.PointReleasesAsync(tracks, new Steps(Print), cancel).ConfigureAwait(false)
        );
        Print(
            $"the archive has {row.Count} releases from {row[0].Version} to {row[^1].Version}: {string.Join(", ", row.Select(r => r.Version))}"
        );
        string[] versions = [.. row.Select(r => r.Key)];
        // Both are needed, and building them together needs the compiler once. A failed build is reported when it is
        // needed.
        await builder
            .BuildEachAsync([versions[0], versions[^1]], refresh: false, new Steps(Print), cancel)
            .ConfigureAwait(false);
        return Report(store, versions, await _bisection.SearchAsync(versions).ConfigureAwait(false));
    }

    /// <summary>
    /// Over the newest kernels of some tracks, and if requested, over the archive's releases between the two found.
    /// </summary>
    private async Task<int> SearchAsync(ImageStore store, IReadOnlyList<string> tracks, CancellationToken cancel)
    {
        var versions = tracks;
        var end = await _bisection.SearchAsync(versions).ConfigureAwait(false);
        if (_request.Package && end.State is (BisectState.Found or BisectState.Narrowed))
        {
            Print($"between {end.LastSame} and {end.FirstDifferent}; querying the archive for releases between them");
            versions = await PointReleasesAsync(store, tracks, end, cancel).ConfigureAwait(false);
            if (versions.Count > 2)
                end = await _bisection.SearchAsync(versions).ConfigureAwait(false);
            else
                Print("it has none");
        }
        // Every version that was tested, in order: tracks, and the releases between two of them.
        List<string> all =
        [
            .. tracks.TakeWhile(t => t != versions[0]),
            .. versions,
            .. tracks.SkipWhile(t => t != versions[^1]).Skip(1),
        ];
        return Report(store, all, end);
    }

    /// <param name="store">Has the images of the tested versions.</param>
    /// <param name="versions">All candidates, in order.</param>
    /// <param name="end">How the search ended.</param>
    private int Report(ImageStore store, IEnumerable<string> versions, BisectEnd end)
    {
        var answers = _bisection.Answers;
        var change = end.State is BisectState.Found or BisectState.Narrowed
            ? BisectChange.Of(store, _case, end, answers)
            : null;
        var report = new BisectReport(
            _case,
            _request,
            end,
            change,
            [.. versions.Where(answers.ContainsKey).Select(v => (v, answers[v]))]
        );
        if (_request.Json)
            report.Json(_console.Out);
        else
            report.Text(_console.Report());
        return report.Code;
    }

    /// <summary>The archive's releases between two tested kernels, with those two at the ends.</summary>
    private async Task<IReadOnlyList<string>> PointReleasesAsync(
        ImageStore store,
        IReadOnlyList<string> tracks,
        BisectEnd end,
        CancellationToken cancel
    )
    {
        string low = _bisection.Answers[end.LastSame].Kernel!,
            high = _bisection.Answers[end.FirstDifferent].Kernel!;
        var points = await new ImageBuilder(store, new ProcessRunner())
            .PointReleasesAsync(
                VersionOrder.Between(tracks, end.LastSame, end.FirstDifferent),
                new Steps(Print),
                cancel
            )
            .ConfigureAwait(false);
        var between = points
            .Where(p =>
                VersionOrder.Instance.Compare(low, p.KernelRelease) < 0
                && VersionOrder.Instance.Compare(p.KernelRelease, high) < 0
            )
            .OrderBy(p => p.KernelRelease, VersionOrder.Instance)
            .Select(p => p.Key);
        return [end.LastSame, .. between, end.FirstDifferent];
    }

    private async Task<BisectAnswer> AskAsync(string version, CancellationToken cancel)
    {
        var named = new NamedTarget($"{version}/{_request.CpuName}", _request.Cpu.With(version, _request.Mode));
        var hosts = RunHosts.Create(_probe, [named], HostUse.For("harness bisect", _console) with { Cold = true });
        string last = "";
        await using var host = hosts[0].Host;
        var answer = await new CaseObserver(TimeoutScale.Scale(Grace))
            .AskAsync(
                host,
                _case,
                phase =>
                {
                    if (phase != last)
                        Print($"{version}: {last = phase}");
                },
                cancel
            )
            .ConfigureAwait(false);
        Print(
            $"{version}{(answer.Kernel is { } kernel ? $" ({kernel})" : "")}: {(answer.Did is { } did ? did.ToString() : $"skipped: {answer.Skipped}")}"
        );
        return answer;
    }

    private void Print(string what)
    {
        lock (_lock)
            _console.Error.WriteLine($"harness: {Reports.Printable.Of(what)}");
    }

    private sealed class Steps(Action<string> tell) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) =>
            tell(value.Track.Length > 0 ? $"{value.Track}: {value.Step}" : value.Step);
    }
}
