using Harness.Runs.Peers;
using Harness.Store;

namespace Harness.Runs.Tests.Peers;

/// <summary>A peer's failure is explained or not, and is never a verdict on a kernel.</summary>
public sealed class PeerComparisonTests
{
    private static readonly PeerHost s_host = new("6.12.117+deb13-arm64", IsEmulated: true);
    private static readonly PeerEnding s_passed = new(PeerStates.Passed, null);
    private static readonly PeerEnding s_failed = new(PeerStates.Failed, "x.c:7: 0x2 != 0x1");

    private static readonly PeerProgram s_program = new("x", ["x"], "", 1, 2, "why")
    {
        Same = "family=core",
        Differences =
        [
            new(PeerStates.Failed, "QEMU's fault")
            {
                Reason = "0x2 != 0x1",
                Emulated = true,
                Before = "7.0",
            },
        ],
    };

    private static readonly PeerProgram s_alone = s_program with { Same = null, Lacks = "no case does that" };

    private static (string Relation, string? Explanation) Compare(
        PeerEnding ending,
        OwnVerdicts own,
        PeerHost? host = null,
        PeerProgram? program = null
    ) => PeerComparison.Of(program ?? s_program, ending, own, host ?? s_host);

    [Test]
    public void Both_passed() =>
        Assert.That(Compare(s_passed, new(3, 0, 2)), Is.EqualTo((PeerRelations.Same, (string?)null)));

    [Test]
    public void A_failure_that_the_catalogue_knows_is_explained() =>
        Assert.That(Compare(s_failed, new(3, 0, 0)), Is.EqualTo((PeerRelations.Explained, "QEMU's fault")));

    [Test]
    public void It_is_not_explained_elsewhere()
    {
        var expected = (
            PeerRelations.Differs,
            "it failed: x.c:7: 0x2 != 0x1; cases about the same: 3 as predicted, 1 without an answer"
        );
        Assert.That(
            Compare(s_failed, new(3, 0, 1), s_host with { IsEmulated = false }),
            Is.EqualTo(expected),
            "hardware"
        );
        Assert.That(
            Compare(s_failed, new(3, 0, 1), s_host with { Release = "7.0.1" }),
            Is.EqualTo(expected),
            "release"
        );
        Assert.That(Compare(s_failed, new(3, 0, 1), s_host with { Release = "none" }), Is.EqualTo(expected), "unknown");
        Assert.That(
            Compare(s_failed with { Reason = "else" }, new(0, 0, 1)),
            Is.EqualTo((PeerRelations.Differs, "it failed: else; no case gave an answer about the same")),
            "another reason"
        );
        Assert.That(
            Compare(s_failed, new(3, 1, 0)).Relation,
            Is.EqualTo(PeerRelations.Differs),
            "a case deviates, too"
        );
        Assert.That(
            Compare(s_failed with { KernelReports = ["WARNING in f"] }, new(3, 0, 0)).Relation,
            Is.EqualTo(PeerRelations.Differs),
            "a report that nobody expects"
        );
    }

    [Test]
    public void An_expected_report_is_explained_and_no_other()
    {
        var program = s_program with { Differences = [new(PeerStates.Passed, "known") { Reports = "^WARNING in f$" }] };
        var reported = s_passed with { KernelReports = ["WARNING in f"] };
        Assert.That(Compare(reported, new(1, 0, 0), program: program), Is.EqualTo((PeerRelations.Explained, "known")));
        Assert.That(
            Compare(reported with { KernelReports = ["WARNING in f", "BUG in g"] }, new(1, 0, 0), program: program),
            Is.EqualTo((PeerRelations.Differs, "it passed, but the kernel reported: WARNING in f; BUG in g"))
        );
        Assert.That(Compare(s_passed, new(1, 0, 0), program: program).Relation, Is.EqualTo(PeerRelations.Same));
    }

    [Test]
    public void The_other_way_it_passes_and_a_case_deviates() =>
        Assert.That(
            Compare(s_passed, new(3, 2, 0)),
            Is.EqualTo(
                (PeerRelations.Differs, "it passed, but 2 of the cases that assert the same did not go as predicted")
            )
        );

    [Test]
    public void Without_an_answer_of_one_of_them_nothing_is_compared()
    {
        Assert.That(
            Compare(s_passed, new(0, 0, 5)),
            Is.EqualTo((PeerRelations.NotCompared, "no case that asserts the same gave an answer on this host"))
        );
        Assert.That(
            Compare(s_passed, new(0, 0, 0), program: s_alone),
            Is.EqualTo((PeerRelations.NotCompared, "no case does that"))
        );
        foreach (string outcome in new[] { PeerStates.NotRun, PeerStates.Timeout, PeerStates.Skipped, PeerStates.Lost })
            Assert.That(
                Compare(new PeerEnding(outcome, "so"), new(3, 0, 0)),
                Is.EqualTo((PeerRelations.NotCompared, "so")),
                outcome
            );
    }

    [Test]
    public void A_kernel_that_crashed_is_a_difference() =>
        Assert.That(
            Compare(
                new PeerEnding(PeerStates.Lost, "its kernel crashed") { KernelReports = ["BUG in f"] },
                new(3, 0, 0)
            ),
            Is.EqualTo(
                (PeerRelations.Differs, "it ended the host: its kernel crashed; cases about the same: 3 as predicted")
            )
        );

    [Test]
    public void Verdicts_are_counted_by_their_class() =>
        Assert.That(
            OwnVerdicts.Of(Enum.GetValues<VerdictKind>()),
            Is.EqualTo(
                new OwnVerdicts(
                    Verdicts.Of(VerdictClass.Good).Count(),
                    Verdicts.All.Count
                        - Verdicts.Of(VerdictClass.Good).Count()
                        - Verdicts.Of(VerdictClass.NoAnswer).Count(),
                    Verdicts.Of(VerdictClass.NoAnswer).Count()
                )
            )
        );
}
