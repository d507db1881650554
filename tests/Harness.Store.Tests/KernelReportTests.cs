namespace Harness.Store.Tests;

public sealed class KernelReportTests : StoreFixture
{
    private static KernelReportRecord Warning(string function, int times = 1) =>
        new($"WARNING in {function}", "warning", KernelReportCauses.Kernel, times);

    private static readonly KernelReportRecord s_stall = new(
        "INFO: rcu detected stall in kvm_vcpu_ioctl",
        "rcu-stall",
        KernelReportCauses.Starvation,
        1
    );

    private static async Task NightAsync(
        ResultStore store,
        string id,
        int hours,
        params IReadOnlyList<KernelReportRecord>[] reports
    )
    {
        await using var writer = await store.BeginRunAsync(ARun(id, Started.AddHours(hours)));
        foreach (string target in (string[])["fwb", "nofwb"])
        {
            long host = await writer.AddHostAsync(new HostRecord(target, "qemu"));
            await writer.PlanAsync(host, Cases(reports.Length));
            for (int i = 0; i < reports.Length; i++)
                await writer.RecordAsync(
                    new ResultRecord(host, Cases(reports.Length)[i].Id, Verdicts.Match)
                    {
                        KernelReports = target == "fwb" ? reports[i] : [.. reports[i].Take(1)],
                    }
                );
            await writer.FinishHostAsync(host, States.Finished);
        }
        await writer.FinishAsync(States.Finished);
    }

    [Test]
    public async Task A_title_is_counted_in_a_run_with_the_runs_before_that_have_it()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await NightAsync(store, "night-1", 0, [Warning("old")]);
        await NightAsync(store, "night-2", 24, [Warning("old")]);
        await NightAsync(store, "night-3", 48, [Warning("old", 3), s_stall], [Warning("old")], [Warning("fresh")], []);
        await NightAsync(store, "night-4", 72, [Warning("fresh")]);

        Assert.That(
            store
                .KernelReports("night-3")
                .Select(r =>
                    (r.Title, r.Kind, r.Cause, r.Results, string.Join(' ', r.Targets), r.EarlierRuns, r.FirstSeenUtc)
                ),
            Is.EqualTo(
                new (string, string, string, int, string, int, DateTimeOffset?)[]
                {
                    ("WARNING in old", "warning", "kernel", 4, "fwb nofwb", 2, Started),
                    ("WARNING in fresh", "warning", "kernel", 2, "fwb nofwb", 0, null),
                    (s_stall.Title, "rcu-stall", "starvation", 1, "fwb", 0, null),
                }
            )
        );
    }

    [Test]
    public async Task A_result_has_its_reports_in_order_and_the_view_counts_over_all_runs()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await NightAsync(store, "night-1", 0, [s_stall, Warning("f", 3)]);
        await NightAsync(store, "night-2", 24, [], [Warning("f")]);

        Assert.That(
            store.KernelReports(store.Run("night-1")!.Hosts[0].Id, "case-000"),
            Is.EqualTo(new[] { s_stall, Warning("f", 3) })
        );
        Assert.That(
            store.Read(c =>
                c.Rows(
                    "SELECT title || ' ' || runs || ' ' || results || ' ' || times AS text FROM kernel_report_count ORDER BY title",
                    r => r.Text("text")
                )
            ),
            Is.EqualTo(new[] { $"{s_stall.Title} 1 2 2", "WARNING in f 2 3 5" })
        );
    }
}
