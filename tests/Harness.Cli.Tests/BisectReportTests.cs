using System.Text.Json;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Images;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reports;
using Harness.Runs.Bisecting;
using Harness.Runs.Judging;

namespace Harness.Cli.Tests;

/// <summary>The final report of a bisection.</summary>
public class BisectReportTests
{
    private static readonly HostFacts Fwb = new(true, true);
    private static readonly Case Grace = CasesAction.Find("f247a6ff73a2");

    private static PointRelease Release(string version, string package) =>
        new("6.12", version, version + "-arm64", $"linux-image-{version}-arm64", package);

    private static BisectAnswer Did(MemoryType type, string kernel) =>
        new(
            new ObservedCase(
                Errno.None,
                [new ObservedAccess(Access.Read, Outcome.Mapped(new Leaf(type, true, false)), Evidence.Pte, null)]
            ),
            kernel,
            null
        )
        {
            Host = Fwb,
        };

    private static BisectReport Report(
        PointRelease before,
        PointRelease after,
        Policy first,
        Policy second,
        params ChangelogItem[] changelog
    )
    {
        BisectAnswer older = Did(MemoryType.DeviceNGnRE, before.KernelRelease),
            newer = Did(MemoryType.NormalWriteBack, after.KernelRelease);
        var request = new BisectRequest(
            Grace.Id,
            "6.12.107",
            "6.12.117",
            "max/vhe",
            new CpuConfiguration("max"),
            KvmModeChoice.Vhe,
            false,
            false
        );
        return new BisectReport(
            Grace,
            request,
            new BisectEnd(BisectState.Found, before.Key, after.Key),
            new BisectChange(before, after)
            {
                DidBefore = older.Did!.Outcome,
                DidAfter = newer.Did!.Outcome,
                PolicyBefore = first,
                PolicyAfter = second,
                PredictedBefore = first.Predict(Fwb, Grace),
                PredictedAfter = second.Predict(Fwb, Grace),
                Changelog = changelog,
            },
            [(before.Key, older), (after.Key, newer)]
        );
    }

    private static string Text(BisectReport report)
    {
        using var text = new StringWriter { NewLine = "\n" };
        report.Text(ReportWriter.Plain(text));
        return text.ToString();
    }

    private static readonly PointRelease Older = Release("6.12.111+deb13", "6.12.111-1"),
        Newer = Release("6.12.113+deb13", "6.12.113-1");

    [Test]
    public void It_reports_both_decisions_the_rules_that_differ_the_changelog_and_the_command()
    {
        string text = Text(
            Report(
                Older,
                Newer,
                Mainline.V6_9,
                Mainline.V7_2,
                new ChangelogItem("6.12.113", "[arm64] KVM: arm64: Use stage-1 leaf size for VM_PFNMAP"),
                new ChangelogItem(null, "[arm64] KVM: something of Debian's own")
            )
        );
        Assert.That(
            text,
            Does.Contain(
                    "6.12@6.12.113+deb13 (6.12.113+deb13-arm64) is the first that decides differently from 6.12.107; 6.12@6.12.111+deb13 "
                )
                .And.Contain("  before  registered; read: mapped Device-nGnRE rw-\n")
                .And.Contain("  after   registered; read: mapped Normal-WB rw-\n")
                .And.Contain("the model: mainline-6.9, then mainline-7.2\n")
                .And.Match("(?m)^-   device-unless-map-memory: ")
                .And.Match(@"(?m)^\+   ")
                .And.Contain("  6.12.113  [arm64] KVM: arm64: Use stage-1 leaf size for VM_PFNMAP\n")
                .And.Contain("  Debian    [arm64] KVM: something")
                .And.Contain(
                    "  git log --oneline v6.12.111..v6.12.113 -- arch/arm64/kvm arch/arm64/include/asm virt/kvm\n"
                )
        );
    }

    [Test]
    public void Where_the_model_has_no_change_or_the_releases_are_one_upstream_it_says_so()
    {
        string text = Text(
            Report(
                Release("6.12.115+deb13", "6.12.115-1"),
                Release("6.12.115+deb13.1", "6.12.115-2"),
                Mainline.V6_9,
                Mainline.V6_9
            )
        );
        Assert.That(
            text,
            Does.Contain(
                    "the model knows of no change there: both are mainline-6.9, which predicts registered; read: mapped Device-nGnRE rw-"
                )
                .And.Contain("both are 6.12.115: what differs is Debian's own")
                .And.Not.Contain("git log")
        );
    }

    [Test]
    public void As_JSON_it_is_one_line()
    {
        using var text = new StringWriter { NewLine = "\n" };
        Report(Older, Newer, Mainline.V6_9, Mainline.V7_2, new ChangelogItem("6.12.113", "KVM")).Json(text);
        var end = JsonDocument
            .Parse(text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])
            .RootElement;
        Assert.That(end.GetProperty("policyAfter").GetString(), Is.EqualTo("mainline-7.2"));
        Assert.That(
            end.GetProperty("rulesRemoved").EnumerateArray().Select(r => r.GetString()),
            Has.Some.EqualTo("device-unless-map-memory")
        );
        Assert.That(end.GetProperty("changelog")[0].GetProperty("upstream").GetString(), Is.EqualTo("6.12.113"));
        Assert.That(end.GetProperty("command").GetString(), Does.StartWith("git log --oneline v6.12.111..v6.12.113 "));
    }
}
