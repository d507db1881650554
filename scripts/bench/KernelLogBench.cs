using System.Diagnostics;
using System.Globalization;
using Harness.KernelLogMeasurement;
using Harness.Runs.KernelLogs;

namespace Harness.Bench;

/// <summary>Measures the reader of kernel logs against logs that others have labelled, and how fast it reads.</summary>
internal static class KernelLogBench
{
    /// <param name="args">"--misses": logs with a label that differs; "--show NAME": the reports of one.</param>
    public static int Run(string[] args)
    {
        if (LabelledLogs.Find() is not { } archive)
        {
            Console.Error.WriteLine(
                $"there are no labelled logs here: {LabelledLogs.Variable} names the archive (syzkaller's pkg/report/testdata/linux/report)"
            );
            return 2;
        }
        var logs = LabelledLogs.Read(archive);
        var all = logs.Select(KernelLogMeasure.Of).ToList();
        if (args is ["--show", var name])
        {
            foreach (var report in KernelLogReader.Read(logs.First(l => l.Name == name).Log))
                Console.WriteLine(
                    $"{report.Kind} {report.Cause} {report.Title}\n    {string.Join("\n    ", report.Lines.Take(5))}"
                );
            return 0;
        }
        if (args.Contains("--misses"))
            foreach (
                var m in all.Where(m =>
                    m.IsFalse || (m.HasReport && (!m.IsFound || m.IsKindEqual == false || m.IsTitleEqual == false))
                )
            )
                Console.WriteLine(
                    $"{m.Labelled.Name} {(m.IsFalse ? "FALSE" : !m.IsFound ? "LOST" : m.IsKindEqual == false ? "KIND" : "title")}{(m.Labelled.IsCorrupted ? " corrupted" : "")}{(m.Labelled.IsArm64 ? " arm64" : "")}: {m.Labelled.Type} {m.Labelled.Title} / {m.Report?.Kind} {m.Report?.Title}"
                );
        Console.WriteLine(
            $"{"logs", -24} {"reports", 8} {"found", 14} {"kind", 14} {"title", 14} {"function", 14} {"false", 10}"
        );
        Row("all", all);
        Row("arm64", [.. all.Where(m => m.Labelled.IsArm64)]);
        Row("cut or mixed", [.. all.Where(m => m.Labelled.IsCorrupted)]);
        Row("odd names", [.. all.Where(m => int.Parse(m.Labelled.Name, CultureInfo.InvariantCulture) % 2 == 1)]);
        Row("even names", [.. all.Where(m => int.Parse(m.Labelled.Name, CultureInfo.InvariantCulture) % 2 == 0)]);
        Speed("each log", [.. logs.Select(l => l.Log)]);
        // What a run reads mostly: a log without any report.
        string[] quiet = [.. logs.Where(l => l.Title is null && l.Type is null).SelectMany(l => l.Log)];
        Speed(
            "one long log without a report",
            [
                [.. Enumerable.Repeat(quiet, 50).SelectMany(q => q)],
            ]
        );
        return 0;
    }

    private static void Row(string name, IReadOnlyList<KernelLogMeasure> all)
    {
        var reports = all.Where(m => m.HasReport).ToList();
        string Of(Func<KernelLogMeasure, bool?> which)
        {
            var known = reports.Select(which).OfType<bool>().ToList();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{known.Count(k => k)}/{known.Count} {100.0 * known.Count(k => k) / Math.Max(1, known.Count):0.0}%"
            );
        }
        int quiet = all.Count(m => m.Labelled.Title is null && m.Labelled.Type is null);
        Console.WriteLine(
            $"{name, -24} {reports.Count, 8} {Of(m => m.IsFound), 14} {Of(m => m.IsKindEqual), 14} {Of(m => m.IsTitleEqual), 14} {Of(m => m.IsFunctionEqual), 14} {$"{all.Count(m => m.IsFalse)}/{quiet}", 10}"
        );
    }

    private static void Speed(string name, IReadOnlyList<IReadOnlyList<string>> logs)
    {
        long size = logs.Sum(log => log.Sum(l => l.Length + 1L));
        var clock = new Stopwatch();
        int rounds = 0;
        // The first second compiles.
        for (var warm = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 2000; )
        {
            if (warm.ElapsedMilliseconds > 1000)
            {
                clock.Start();
                rounds++;
            }
            foreach (var log in logs)
                KernelLogReader.Read(log);
        }
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {size / 1e6:0.0} MB, {rounds * size / 1e6 / clock.Elapsed.TotalSeconds:0} MB/s"
            )
        );
    }
}
