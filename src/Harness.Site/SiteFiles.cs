using System.Text;
using Harness.Reports;
using Harness.Store;

namespace Harness.Site;

/// <summary>Writes a site as files, for a web server, an artefact of a CI job, or a browser on this machine.</summary>
public static class SiteFiles
{
    /// <summary>It is in every directory that was written, so that only such a one is replaced.</summary>
    public const string Marker = "harness-site.txt";

    /// <summary>Pages of cases that no finding has are not written.</summary>
    /// <param name="stores">The databases.</param>
    /// <param name="directory">
    /// Does not exist, is empty, or has an earlier site, which is replaced when the new one is complete.
    /// </param>
    /// <param name="everyCase">A page for every case that some run planned.</param>
    /// <param name="known">What broken properties are known for.</param>
    /// <param name="written">Called for each page with the number of pages written, and of all.</param>
    /// <returns>The number of pages.</returns>
    /// <exception cref="StoreException">A file can't be used.</exception>
    /// <exception cref="IOException">The directory can't be written, or has something else.</exception>
    public static async Task<int> WriteAsync(
        IReadOnlyList<ResultStore> stores,
        string directory,
        bool everyCase,
        KnownFindings known,
        Action<int, int> written,
        CancellationToken cancel
    )
    {
        Refuse(directory);
        var content = new Library(stores, known).Read();
        var cases = (
            everyCase
                ? content.Stores.SelectMany(s => s.FindCases([], int.MaxValue)).Select(c => c.Id)
                : content.Findings.SelectMany(f => f.Seen).Select(s => s.Example)
        ).ToHashSet();
        if (!everyCase)
            foreach (var finding in content.Findings)
                cases.UnionWith(FindingResults.Of(finding).Select(r => r.CaseId));
        Address[] pages = [.. SitePages.All(content, cases.Order(StringComparer.Ordinal))];
        string to = $"{Path.TrimEndingDirectorySeparator(directory)}.new-{Guid.NewGuid():N}";
        try
        {
            await using var renderer = new SiteRenderer();
            for (int i = 0; i < pages.Length; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var request = new PageRequest(content, pages[i], IsServed: false) { Cases = cases };
                // A page may be about a run that was pruned meanwhile.
                if (SitePages.Find(content, pages[i].Path) is { } view)
                    await WriteAsync(
                            Path.Combine(to, pages[i].Path),
                            await renderer.RenderAsync(view, request).ConfigureAwait(false),
                            cancel
                        )
                        .ConfigureAwait(false);
                written(i + 1, pages.Length);
            }
            foreach (string name in SiteAssets.Names)
                await WriteAsync(Path.Combine(to, name), SiteAssets.Find(name)!.Value.Text, cancel)
                    .ConfigureAwait(false);
            await WriteAsync(
                    Path.Combine(to, Marker),
                    "Written by harness site, which replaces this directory.\n",
                    cancel
                )
                .ConfigureAwait(false);
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
            Directory.Move(to, directory);
            return pages.Length;
        }
        finally
        {
            if (Directory.Exists(to))
                Directory.Delete(to, recursive: true);
        }
    }

    private static void Refuse(string directory)
    {
        if (File.Exists(directory))
            throw new IOException($"{directory} is a file");
        if (
            Directory.Exists(directory)
            && !File.Exists(Path.Combine(directory, Marker))
            && Directory.EnumerateFileSystemEntries(directory).Any()
        )
            throw new IOException(
                $"{directory} has files that are not of a site: name an empty directory, or a new one"
            );
    }

    private static async Task WriteAsync(string file, string text, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text, new UTF8Encoding(false), cancel).ConfigureAwait(false);
    }
}
