using Harness.Reports;
using Harness.Store;
using Harness.Store.History;

namespace Harness.Site;

/// <summary>
/// The databases of a site. What pages over many runs need is kept in memory; of a finished run it is read once.
/// Thread-safe.
/// </summary>
/// <param name="stores">The databases.</param>
/// <param name="known">What broken properties are known for.</param>
public sealed class Library(IReadOnlyList<ResultStore> stores, KnownFindings? known = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Source> _sources = stores.ToDictionary(s => s.Path, _ => new Source());
    private Content? _content;

    /// <summary>The databases as they are now.</summary>
    /// <exception cref="StoreException">A file can't be used.</exception>
    public Content Read()
    {
        lock (_lock)
        {
            bool changed = false;
            foreach (var store in stores)
                changed |= _sources[store.Path].Update(store);
            if (changed || _content is null || _content.Runs.Any(r => r.IsRunning))
                _content = new Content([
                    .. stores.SelectMany(s => _sources[s.Path].Runs.Select(r => new SiteRun(s, r))),
                ])
                {
                    Known = known ?? KnownFindings.None,
                };
            return _content;
        }
    }

    /// <summary>What was read from one file, and how the file was then.</summary>
    private sealed class Source
    {
        private readonly Dictionary<string, RunHistory> _finished = [];
        private (DateTime, long, DateTime, long)? _stamp;

        public IReadOnlyList<RunHistory> Runs { get; private set; } = [];

        /// <returns>Whether anything may have changed.</returns>
        public bool Update(ResultStore store)
        {
            var stamp = Stamp(store.Path);
            if (stamp == _stamp)
                return false;
            var heads = store.RunHeads();
            string[] wanted = [.. heads.Select(r => r.Run.Id).Where(id => !_finished.ContainsKey(id))];
            var read = store.History(wanted).ToDictionary(r => r.Run.Run.Id);
            Runs =
            [
                .. heads
                    .Select(r => _finished.GetValueOrDefault(r.Run.Id) ?? read.GetValueOrDefault(r.Run.Id))
                    .OfType<RunHistory>(),
            ];
            _finished.Clear();
            foreach (var run in Runs.Where(r => r.Run.State == States.Finished))
                _finished[run.Run.Run.Id] = run;
            _stamp = stamp;
            return true;
        }

        private static (DateTime, long, DateTime, long) Stamp(string path)
        {
            FileInfo file = new(path),
                log = new(path + "-wal");
            return (
                file.LastWriteTimeUtc,
                file.Exists ? file.Length : -1,
                log.Exists ? log.LastWriteTimeUtc : default,
                log.Exists ? log.Length : -1
            );
        }
    }
}
