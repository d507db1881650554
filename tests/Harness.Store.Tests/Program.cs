namespace Harness.Store.Tests;

/// <summary>Writes a run until it is killed, and prints a case's id once its verdict is stored.</summary>
public static class Program
{
    public const int Cases = 2000;

    /// <param name="args">The file, the run's id, and its executor where it is to be resumed.</param>
    public static async Task<int> Main(string[] args)
    {
        var store = ResultStore.OpenOrCreate(args[0]);
        await using var writer = args is [_, _, var executor]
            ? await store.ResumeRunAsync(args[1], executor)
            : await store.BeginRunAsync(
                new RunRecord(args[1], DateTimeOffset.UtcNow, "harness run", "1", "model", "probe", null)
            );
        long host = store.Run(args[1])!.Hosts is [var there]
            ? there.Id
            : await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        if (store.Results(args[1]).Count == 0)
            await writer.PlanAsync(
                host,
                [
                    .. Enumerable
                        .Range(0, Cases)
                        .Select(i => new CaseRecord($"case-{i}", $"class-{i % 7}", $"case {i}", "{}")),
                ]
            );
        await writer.DescribeHostAsync(host, new HostRecord("fwb", "qemu", Policy: "p"));
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var left = store.Results(args[1], Verdicts.Planned);
        // A few at a time, so that they share transactions as in a run.
        foreach (var chunk in left.Chunk(5))
        {
            await Task.WhenAll(
                chunk.Select(r =>
                    writer.RecordAsync(
                        new ResultRecord(
                            host,
                            r.CaseId,
                            Verdicts.Match,
                            Evidence: ["pte"],
                            Path: [new("registration", r.Class)],
                            Attempts: [new(new string('x', 500))]
                        )
                    )
                )
            );
            foreach (var r in chunk)
                await output.WriteLineAsync(r.CaseId);
        }
        await writer.FinishHostAsync(host, States.Finished);
        await writer.FinishAsync(States.Finished);
        return 0;
    }
}
