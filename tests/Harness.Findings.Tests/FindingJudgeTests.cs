using Harness.Model.Outcomes;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Store;

namespace Harness.Findings.Tests;

public class FindingJudgeTests
{
    private const string Id = "bc97a48a8257";
    private const string Lost =
        """[{"step":"registration","type":"accepted"},{"step":"access","of":"exec","type":"mapped","memory":"Normal-WB","write":false,"execute":true,"level":3},{"step":"access","of":"write","type":"mapped","memory":"Normal-WB","write":true,"execute":false,"level":3}]""";

    private static string Kept => Lost.Replace("\"write\":true,\"execute\":false", "\"write\":true,\"execute\":true");

    private static SeenCase Seen(string json, string verdict = Verdicts.Match) =>
        new(verdict, null, CaseOutcome.Parse(json));

    private static SeenHost Host(string release, SeenCase? seen, string dic = "no") =>
        new(
            "host",
            KernelRelease.TryParse(release),
            new Dictionary<string, string> { ["dic"] = dic },
            new Dictionary<int, int> { [243] = 0 },
            seen is null ? new Dictionary<string, SeenCase>() : new Dictionary<string, SeenCase> { [Id] = seen }
        );

    private static (FindingStanding, string) Judge(SeenHost host, Finding? finding = null)
    {
        var result = FindingJudge.Judge(finding ?? Sample.Read(), host);
        return (result.Standing, result.Reason);
    }

    [Test]
    public void An_affected_release_that_does_it_shows_it() =>
        Assert.That(Judge(Host("6.19.14", Seen(Lost))), Is.EqualTo((FindingStanding.Shown, "")));

    [Test]
    public void A_release_after_the_fix_that_does_not_do_it_is_fixed() =>
        Assert.That(Judge(Host("7.2.12", Seen(Kept))), Is.EqualTo((FindingStanding.Fixed, "")));

    [Test]
    public void An_affected_release_that_does_not_do_it_is_not_shown_with_what_was_expected_and_observed() =>
        Assert.That(
            Judge(Host("7.1.13", Seen(Kept))),
            Is.EqualTo(
                (
                    FindingStanding.NotShown,
                    $"{Id}: expected write: execute=false, observed registered; exec: mapped Normal-WB r-x; write: mapped Normal-WB rwx"
                )
            )
        );

    [TestCase("7.2.12")]
    [TestCase("6.18.15")]
    public void Another_release_that_does_it_is_unexpected(string release) =>
        Assert.That(Judge(Host(release, Seen(Lost))).Item1, Is.EqualTo(FindingStanding.Unexpected));

    [Test]
    public void One_of_several_cases_on_another_release_is_unexpected_and_one_that_is_left_out_is_named()
    {
        var finding = Sample.With(
            "cases:\n",
            "cases:\n  - { id: b7c80c931d28, seen: { of: read, memory: Normal-WB } }\n"
        );

        Assert.That(Judge(Host("7.2.12", Seen(Lost)), finding).Item1, Is.EqualTo(FindingStanding.Unexpected));
        Assert.That(
            Judge(Host("6.19.14", Seen(Lost)), finding),
            Is.EqualTo((FindingStanding.Shown, "without b7c80c931d28"))
        );
    }

    [Test]
    public void An_older_release_that_does_not_do_it_is_not_applicable() =>
        Assert.That(
            Judge(Host("6.18.15", Seen(Kept))),
            Is.EqualTo(
                (
                    FindingStanding.NotApplicable,
                    "6.18.15 is older than the first affected release, 6.19, and doesn't do it"
                )
            )
        );

    [Test]
    public void Another_kind_of_host_is_not_applicable_whatever_it_does() =>
        Assert.That(
            Judge(Host("6.19.14", Seen(Kept), dic: "yes")),
            Is.EqualTo((FindingStanding.NotApplicable, "only hosts with dic=no can show it"))
        );

    [Test]
    public void A_vendors_kernel_is_not_applicable() =>
        Assert.That(Judge(Host("6.14.0-1012-nvidia", Seen(Lost))).Item1, Is.EqualTo(FindingStanding.NotApplicable));

    [Test]
    public void A_skip_is_not_applicable_and_a_lost_host_not_run()
    {
        Assert.That(
            Judge(Host("6.19.14", new SeenCase(Verdicts.Skip, "no exporter", null))),
            Is.EqualTo((FindingStanding.NotApplicable, $"{Id}: skip: no exporter"))
        );
        Assert.That(
            Judge(Host("6.19.14", new SeenCase(Verdicts.Infrastructure, "gone", null))),
            Is.EqualTo((FindingStanding.NotRun, $"{Id}: infrastructure: gone"))
        );
        Assert.That(Judge(Host("6.19.14", null)).Item1, Is.EqualTo(FindingStanding.NotRun));
    }

    [Test]
    public void A_property_a_report_a_register_and_a_capability_have_to_be_observed_too()
    {
        void Check(string stated, SeenCase without, SeenCase with, string why)
        {
            var finding = Sample.With(
                "seen:\n      - { of: exec, execute: true }\n      - { of: write, execute: false }",
                stated
            );
            Assert.That(
                Judge(Host("6.19.14", without), finding),
                Is.EqualTo((FindingStanding.NotShown, $"{Id}: {why}"))
            );
            Assert.That(Judge(Host("6.19.14", with), finding).Item1, Is.EqualTo(FindingStanding.Shown));
        }

        var seen = new SeenCase(Verdicts.Match, "r", null);
        Check(
            "breaks: bounded-aliases",
            seen,
            seen with
            {
                Broken = ["bounded-aliases"],
            },
            "bounded-aliases is not broken, observed match: r"
        );
        Check(
            "report: WARNING in f",
            seen,
            seen with
            {
                Reports = ["WARNING in f"],
            },
            "the kernel does not report WARNING in f, observed match: r"
        );
        Assert.That(
            FindingJudge
                .Judge(
                    Sample.With(
                        "seen:\n      - { of: exec, execute: true }\n      - { of: write, execute: false }",
                        "registers: { x10: 0x10 }"
                    ),
                    Host(
                        "6.19.14",
                        seen with
                        {
                            Registers = [new Dictionary<GuestRegister, ulong> { [GuestRegister.X10] = 0x10 }],
                        }
                    )
                )
                .Seen,
            Is.EqualTo(new[] { (Id, "match: r; x10: 0x10") })
        );
        Check(
            "registers: { x10: 0xffffffff86000010 }",
            seen with
            {
                Registers = [new Dictionary<GuestRegister, ulong> { [GuestRegister.X10] = 0x8600_0010 }],
            },
            seen with
            {
                Registers = [new Dictionary<GuestRegister, ulong> { [GuestRegister.X10] = 0xffff_ffff_8600_0010 }],
            },
            "expected 0xffffffff86000010 in x10, observed 0x86000010"
        );
        Assert.That(
            Judge(Host("6.19.14", Seen(Lost)), Sample.With("hosts: dic=no", "capabilities: { 243: 1 }")),
            Is.EqualTo((FindingStanding.NotShown, "capability 243: expected 1, observed 0"))
        );
        Assert.That(
            Judge(Host("6.19.14", Seen(Lost)), Sample.With("hosts: dic=no", "capabilities: { 243: 0 }")).Item1,
            Is.EqualTo(FindingStanding.Shown)
        );
    }
}
