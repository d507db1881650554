using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Reports.Comparing;
using Harness.Reports.Html;
using Harness.Store;
using Microsoft.Data.Sqlite;

namespace Harness.Bench;

/// <summary>
/// A store of a million verdicts: how fast it is written, how fast each view is read, how long a comparison and a
/// report take. Machines differ and are shared: CPU time is more reliable than wall-clock time, in particular relative
/// to the first line, which reads every result.
/// </summary>
internal static partial class StoreBench
{
    /// <summary>The limit for a view or a documented query, in milliseconds.</summary>
    private const double Limit = 1000;

    /// <param name="args">RUNSxHOSTSxCASES, and a file to write or, if it exists, to read.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var shape = SyntheticShape.Million;
        string? path = null;
        foreach (string arg in args)
        {
            if (arg.All(c => char.IsAsciiDigit(c) || c == 'x') && arg.Split('x') is [var runs, var hosts, var cases])
                shape = new SyntheticShape(Number(runs), Number(hosts), Number(cases));
            else
                path = arg;
        }
        path ??= Path.Combine(Path.GetTempPath(), $"harness-bench-{shape.Runs}x{shape.Hosts}x{shape.Cases}.db");
        if (!File.Exists(path))
            await WriteAsync(path, shape);
        return Read(path) ? 0 : 1;
    }

    private static async Task WriteAsync(string path, SyntheticShape shape)
    {
        // Predictions are made before the measurement starts.
        string warm = Path.Combine(Path.GetTempPath(), $"harness-bench-warm-{Environment.ProcessId}.db");
        await SyntheticStore.WriteAsync(warm, shape with { Runs = 1 });
        foreach (string file in (string[])[warm, warm + "-wal", warm + "-shm"])
            File.Delete(file);
        var watch = Stopwatch.StartNew();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        await SyntheticStore.WriteAsync(path, shape, n =>
        {
            if (n % 100_000 < shape.Cases)
                Console.Error.WriteLine($"{n} of {shape.Verdicts}, {watch.Elapsed.TotalSeconds:F0} s");
        });
        double seconds = watch.Elapsed.TotalSeconds,
            cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(
            $"{path}: {shape.Verdicts} verdicts in {seconds:F1} s, {shape.Verdicts / seconds:F0} a second; "
                + $"{cpu:F1} s of processor, {shape.Verdicts / cpu:F0} a second of it; {new FileInfo(path).Length >> 20} MiB"
        );
    }

    /// <returns>Whether every view and every documented query is fast enough.</returns>
    private static bool Read(string path)
    {
        var store = ResultStore.OpenOrCreate(path);
        using var connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly);
        string Text(string sql) => connection.Rows(sql, r => r.GetString(0)).Single();
        string run = Text("SELECT id FROM run WHERE state = 'finished' ORDER BY started_utc DESC LIMIT 1");
        string target = Text($"SELECT target FROM hosts WHERE run = '{run}' ORDER BY id LIMIT 1");
        string id = Text("SELECT min(id) FROM test_case");
        string title = Text("SELECT max(title) FROM migrations");
        string release = Text($"SELECT kernel_release FROM host WHERE run = '{run}' AND target = '{target}'");
        Measure(connection, "SELECT min(length(observed)) FROM result");
        double slowest = 0;
        foreach (
            string view in connection.Rows("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name", r =>
                r.GetString(0)
            )
        )
        {
            // A million rows are only counted, as are all classes of all nights.
            double took = Measure(connection, $"SELECT {(view == "results" ? "count(*)" : "*")} FROM {view}");
            if (view is not ("results" or "class_matrix"))
                slowest = Math.Max(slowest, took);
        }
        foreach (
            string sql in (string[])
                [
                    $"SELECT * FROM results WHERE run = '{run}'",
                    $"SELECT * FROM results WHERE run = '{run}' AND target = '{target}'",
                    $"SELECT * FROM latest_verdict WHERE target = '{target}'",
                    $"SELECT * FROM class_matrix WHERE run = '{run}'",
                    $"SELECT * FROM regression WHERE run = '{run}'",
                    $"SELECT * FROM unstable WHERE run = '{run}'",
                ]
        )
            slowest = Math.Max(slowest, Measure(connection, sql));
        // Replaces the example names in the document by some of this file.
        foreach (string sql in Documented())
            slowest = Math.Max(
                slowest,
                Measure(
                    connection,
                    sql.Replace("7.2.12+deb13-arm64", release, StringComparison.Ordinal)
                        .Replace("f247a6ff73a2", id, StringComparison.Ordinal)
                        .Replace("pfnmap:known:wb:shared vma=rw slot=none write moved", title, StringComparison.Ordinal)
                )
            );
        var runs = store.Runs();
        Measure("ResultStore.Runs()", () => store.Runs().Count);
        Measure($"HtmlReport of {runs[0].Run.Id}", () =>
        {
            new HtmlReport(store).Write(runs[0], TextWriter.Null);
            return runs[0].Hosts.Sum(h => h.Planned);
        });
        if (runs.Count > 1)
            Measure($"Comparison of {runs[1].Run.Id} and {runs[0].Run.Id}", () =>
                Comparison.Of(store, runs[1], runs[0], Comparison.FewExamples).Compared
            );
        if (slowest <= Limit)
            return true;
        Console.Error.WriteLine($"a view or a documented query takes {slowest:F0} ms: more than {Limit:F0}");
        return false;
    }

    /// <summary>The queries of docs/results.md, in its order.</summary>
    private static IEnumerable<string> Documented() =>
        DocumentedQuery()
            .Matches(File.ReadAllText("docs/results.md"))
            .Select(m => Spaces().Replace(m.Groups[1].Value, " ").Trim());

    private static void Measure(string what, Func<long> operation)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        long rows = operation();
        Print(
            watch.Elapsed.TotalMilliseconds,
            (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds,
            rows,
            what
        );
    }

    /// <returns>The milliseconds of the best of three.</returns>
    private static double Measure(SqliteConnection connection, string sql)
    {
        double best = double.MaxValue,
            cpu = 0;
        long rows = 0;
        for (int i = 0; i < 3; i++)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var watch = Stopwatch.StartNew();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var values = new object[reader.FieldCount];
            for (rows = 0; reader.Read(); rows++)
                reader.GetValues(values);
            if (watch.Elapsed.TotalMilliseconds < best)
                (best, cpu) = (
                    watch.Elapsed.TotalMilliseconds,
                    (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds
                );
        }
        Print(best, cpu, rows, sql);
        return best;
    }

    private static void Print(double wall, double cpu, long rows, string what) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{wall, 8:F0} ms  {cpu, 6:F0} ms of processor  {rows, 8} rows  {what}"
            )
        );

    [GeneratedRegex("""^sqlite3 -box results\.db "([^"]*)"$""", RegexOptions.Multiline)]
    private static partial Regex DocumentedQuery();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
