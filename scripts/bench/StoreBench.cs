using System.Diagnostics;
using System.Globalization;

namespace Harness.Bench;

/// <summary>A store of a million verdicts: how fast it is written.</summary>
internal static class StoreBench
{
    public static async Task<int> RunAsync(string[] args)
    {
        var shape = SyntheticShape.Million;
        string? path = null;
        foreach (string arg in args)
        {
            if (arg.Split('x') is [var runs, var hosts, var cases])
                shape = new SyntheticShape(Number(runs), Number(hosts), Number(cases));
            else
                path = arg;
        }
        path ??= Path.Combine(Path.GetTempPath(), $"harness-bench-{shape.Runs}x{shape.Hosts}x{shape.Cases}.db");
        if (!File.Exists(path))
        {
            var watch = Stopwatch.StartNew();
            await SyntheticStore.WriteAsync(path, shape, n =>
            {
                if (n % 100_000 < shape.Cases)
                    Console.Error.WriteLine($"{n} of {shape.Verdicts}, {watch.Elapsed.TotalSeconds:F0} s");
            });
            Console.WriteLine($"{path}: {shape.Verdicts} verdicts in {watch.Elapsed.TotalSeconds:F1} s, "
                + $"{shape.Verdicts / watch.Elapsed.TotalSeconds:F0} a second, {new FileInfo(path).Length >> 20} MiB");
        }
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
