using Harness.Store;

namespace Harness.Reports.Tests;

/// <summary>
/// A database with one run of two hosts: one with every kind of verdict, one that could not be reached.
/// </summary>
internal static class StoredRun
{
    public const string Id = "2026-11-21T04-12-33Z-ab12";

    public static async Task<ResultStore> CreateAsync(string directory)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(directory, "results.db"));
        await using var writer = await store.BeginRunAsync(
            new RunRecord(
                Id,
                new DateTimeOffset(2026, 11, 21, 4, 12, 33, TimeSpan.Zero),
                "harness run --policy mainline-6.12",
                "0.1",
                "0123456789abcdef",
                null,
                "mainline-6.12"
            )
        );
        long fwb = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        long lab = await writer.AddHostAsync(new HostRecord("lab", "ssh"));
        await writer.DescribeHostAsync(
            fwb,
            new HostRecord(
                "fwb",
                "qemu",
                "7.2.0-1",
                "#1 SMP [x] \u001b[31m",
                "beef",
                "FWB, DIC",
                "10.0.2",
                Facts: """
                { "fwb": true, "settled": {
                "MTE": { "value": null, "unknown": "its sources contradict each other: there by a, not there by b", "by": { "a": "there", "b": "not there" } },
                "hVHE": { "value": null, "unknown": "the kernel's log does not tell", "by": { } } } }
                """,
                Evidence: ["pte", "errno"],
                Policy: "mainline-6.12"
            )
        );
        await writer.PlanAsync(
            fwb,
            [.. Enumerable.Range(0, 9).Select(i => new CaseRecord($"case{i}", "pfnmap", $"title {i}", "{ }"))]
        );
        await writer.RecordAsync(
            new ResultRecord(fwb, "case0", Verdicts.Match, Policy: "mainline-6.12", Evidence: ["pte", "errno"])
            {
                Breaches = [new("no-silent-fallback", "It is mapped cacheable.", "a mail", true)],
            }
        );
        await writer.RecordAsync(
            new ResultRecord(fwb, "case1", Verdicts.Match, Evidence: ["errno"])
            {
                KernelReports =
                [
                    new("WARNING in user_mem_abort", "warning", KernelReportCauses.Kernel, 1),
                    new("INFO: task hung in f", "hung-task", KernelReportCauses.Starvation, 2),
                ],
            }
        );
        await writer.RecordAsync(
            new ResultRecord(
                fwb,
                "case2",
                Verdicts.Mismatch,
                Culprits.Kernel,
                "seen twice",
                "mainline-6.12",
                "cacheable-pfnmap-is-device",
                "user_mem_abort, arch/arm64/kvm/mmu.c, 6.12",
                "mapped: device",
                "mapped: [bold]wb[/]",
                ["pte"],
                1500,
                [new("{}"), new("{}")],
                "level 3 attr 0xf",
                Path: [new("registration", "accept"), new("1 read", "cacheable-pfnmap-is-device")]
            )
        );
        await writer.RecordAsync(new ResultRecord(fwb, "case3", Verdicts.Skip, Culprits.Platform, "needs hardware"));
        for (int i = 4; i < 8; i++)
            await writer.RecordAsync(
                new ResultRecord(
                    fwb,
                    $"case{i}",
                    Verdicts.Infrastructure,
                    Culprits.Infrastructure,
                    "QEMU died (signal 9)"
                )
            );
        await writer.FinishHostAsync(fwb, States.Interrupted);
        await writer.FinishHostAsync(lab, States.Failed, "ssh: no route to host");
        await writer.FinishAsync(States.Interrupted, "Ctrl+C");
        return store;
    }
}
