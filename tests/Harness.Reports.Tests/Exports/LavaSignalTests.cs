using System.Text.RegularExpressions;
using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Reports.Tests.Exports;

public sealed partial class LavaSignalTests
{
    [Test]
    public void A_case_begins_ends_and_has_a_result() =>
        Assert.That(
            LavaSignal.Of("7.2/max/vhe", "f247a6ff73a2", Verdicts.Match),
            Is.EqualTo(
                """
                <LAVA_SIGNAL_STARTTC 7.2_max_vhe.f247a6ff73a2>
                <LAVA_SIGNAL_ENDTC 7.2_max_vhe.f247a6ff73a2>
                <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=7.2_max_vhe.f247a6ff73a2 RESULT=pass>

                """
            )
        );

    [TestCase(Verdicts.Match, "pass")]
    [TestCase(Verdicts.Erratum, "pass")]
    [TestCase(Verdicts.Known, "pass")]
    [TestCase(Verdicts.Mismatch, "fail")]
    [TestCase(Verdicts.Disagreement, "fail")]
    [TestCase(Verdicts.Crash, "fail")]
    [TestCase(Verdicts.Hang, "fail")]
    [TestCase(Verdicts.Skip, "skip")]
    [TestCase(Verdicts.Unverified, "skip")]
    [TestCase(Verdicts.OutsideModel, "skip")]
    [TestCase(Verdicts.Infrastructure, "unknown")]
    [TestCase(Verdicts.ProbeError, "unknown")]
    [TestCase(Verdicts.Unstable, "unknown")]
    [TestCase(Verdicts.Planned, "unknown")]
    public void A_result_is_that_of_KTAP(string verdict, string result) =>
        Assert.That(LavaSignal.Result(verdict), Is.EqualTo(result));

    [Test]
    public void Every_verdict_has_a_result_and_only_the_kernels_fail()
    {
        foreach (var verdict in Verdicts.Table)
            Assert.That(
                LavaSignal.Result(verdict.Word) == "fail",
                Is.EqualTo(verdict.Class == VerdictClass.Bad),
                verdict.Word
            );
    }

    /// <summary>As LAVA reads signals: lava_dispatcher/actions/test/shell.py.</summary>
    [Test]
    public void LAVA_reads_what_a_strange_name_becomes()
    {
        foreach (
            string line in LavaSignal
                .Of("a b>c=d/é", "f247", Verdicts.Skip)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        )
            Assert.That(Signal().Match(line).Groups[2].Value.Split(' ')[0], Does.EndWith("a_b_c_d__.f247"));
    }

    [GeneratedRegex(@"^<LAVA_SIGNAL_(\S+) ([^>]+)>$")]
    private static partial Regex Signal();
}
