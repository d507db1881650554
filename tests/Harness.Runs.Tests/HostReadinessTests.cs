using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Readiness;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>How many cases a host can run, before any runs.</summary>
public class HostReadinessTests
{
    private static readonly IReadOnlyList<Case> s_quick =
    [
        .. CaseSelection.Of(CaseFilter.Parse("cover=yes", AllCases.FilterKeys)),
    ];

    private static HostProfile Profile(Fields facts)
    {
        var profile = FactsReader.Read(facts);
        return profile with { Choice = ReleaseCatalog.Choose(profile.Release, profile.Build) };
    }

    private static HostReadiness Of(Fields facts) => HostReadiness.Of(Profile(facts), s_quick, s_quick);

    [Test]
    public void Every_case_is_counted_once()
    {
        foreach (
            var facts in new[]
            {
                FactsReaderTests.Plain(),
                FactsReaderTests.Poor(),
                FactsReaderTests.WithoutExporter(),
                FactsReaderTests.Vague(),
                FactsReaderTests.Plain("6.1.170"),
            }
        )
        {
            var r = Of(facts);
            var sum = r.Skipped.Aggregate(r.Runnable + r.Outside + r.Unknown, (all, s) => all + s.Cases);
            Assert.That(sum, Is.EqualTo(new CaseCount(s_quick.Count, s_quick.Count)));
            Assert.That(r.Runnable.All, Is.Positive);
        }
    }

    [Test]
    public void A_case_counts_as_skipped_exactly_where_a_run_skips_it()
    {
        var profile = Profile(FactsReaderTests.WithoutExporter());
        var judge = new Judge(profile.Choice!.Policy!, profile);
        int skipped = s_quick.Count(c =>
            judge.BeforeRun(c, CaseCompiler.NotRunnableReason(c, profile.Abilities))?.Kind == VerdictKind.Skip
        );
        var readiness = HostReadiness.Of(profile, s_quick, AllCases.Cases);
        Assert.That(skipped, Is.Positive);
        Assert.That(readiness.Skipped.Sum(s => s.Cases.Suite), Is.EqualTo(skipped));
        Assert.That(readiness.Total, Is.EqualTo(new CaseCount(s_quick.Count, AllCases.Cases.Count)));
        Assert.That(
            readiness.Skipped[0],
            Is.EqualTo(
                readiness.Skipped[0] with
                {
                    Part = HostPart.Exporter,
                    Reason = "the exporter module (/dev/stage2-exporter), which is not loaded there",
                }
            )
        );
        Assert.That(readiness.Standing, Is.EqualTo(HostStanding.Limited));
    }

    [Test]
    public void A_kernel_without_a_policy_runs_nothing()
    {
        var readiness = Of(FactsReaderTests.Plain("4.19.1"));
        Assert.That(readiness.Standing, Is.EqualTo(HostStanding.NotReady));
        Assert.That(
            (readiness.Runnable, readiness.Blocked),
            Is.EqualTo(
                (
                    new CaseCount(0, 0),
                    "no policy is known for kernel 4.19.1 (no kernel of 4.19 was read; the oldest known is 5.15)"
                )
            )
        );
    }

    [Test]
    public void What_depends_on_an_unknown_fact_is_counted_apart()
    {
        var vague = Of(FactsReaderTests.Vague());
        var plain = Of(FactsReaderTests.Plain());
        Assert.That(plain.Unknown.All, Is.Zero);
        Assert.That(vague.Unknown.All, Is.Positive);
        Assert.That(vague.Runnable.All + vague.Unknown.All, Is.EqualTo(plain.Runnable.All));
    }

    [Test]
    public void A_host_is_ready_with_everything_that_it_can_have()
    {
        var all = Profile(FactsReaderTests.Plain());
        all = all with
        {
            Abilities = new ProbeAbilities(Exporter: true, Descriptor: true, Trace: true, Secretmem: true)
            {
                Providers = new ProviderAbilities { Pci = new PciMemory("0000:01:00.0", 2, 1ul << 36, 1ul << 26, "1") },
            },
        };
        var readiness = HostReadiness.Of(all, s_quick, s_quick);
        Assert.That(readiness.Skipped, Is.Empty);
        Assert.That(readiness.Standing, Is.EqualTo(HostStanding.Ready));
        Assert.That(
            HostReadiness.Of(all with { Abilities = all.Abilities with { Trace = false } }, s_quick, s_quick).Standing,
            Is.EqualTo(HostStanding.Limited)
        );
    }
}
