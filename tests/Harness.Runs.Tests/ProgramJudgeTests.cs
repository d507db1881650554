using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

public class ProgramJudgeTests
{
    private const string Key =
        "anonymous:shared vma=rw slot=log do=write.first,dirty-log,read.first,read.last restored";
    private const ulong ReadOnly = Seen.NormalRwxFwb & ~(2ul << 6);

    private static readonly ProgramCase Program = (ProgramCase)AllCases.WithKey(Key)!;

    private static readonly Judge Judge = new(
        Mainline.V7_2_10,
        new HostProfile("7.2.12", new HostFacts(Fwb: true, Dic: true), Seen.Abilities, new Decoding(true, null))
        {
            Possible = [new HostFacts(Fwb: true, Dic: true)],
        }
    );

    [Test]
    public void A_program_that_went_as_predicted_matches()
    {
        var verdict = Judge.Decide(Program, Observed());
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(
            verdict.Evidence,
            Is.EqualTo(new[] { Evidence.Pte, Evidence.Guest, Evidence.Exit, Evidence.Errno })
        );
        Assert.That(
            verdict.Descriptors.Select(d => d.Of),
            Is.EqualTo(new[] { "1 write.first: first", "2 dirty-log: first", "4 read.last: last" })
        );
    }

    [Test]
    public void Another_page_in_the_log_is_a_mismatch()
    {
        var verdict = Judge.Decide(Program, Observed(dirty: [1]));
        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "writable-marks-dirty")));
        Assert.That(verdict.Observed!.ToString(), Does.Contain("dirty: next"));
    }

    [Test]
    public void A_page_that_no_step_accesses_is_not_dirty()
    {
        var verdict = Judge.Decide(Program, Observed(dirty: [0, 7]));
        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "writable-marks-dirty")));
        Assert.That(verdict.Observed!.ToString(), Does.Contain("dirty: first and others"));
    }

    [Test]
    public void A_page_that_stays_writable_after_the_log_was_read_is_a_mismatch()
    {
        var verdict = Judge.Decide(Program, Observed(after: Seen.NormalRwxFwb));
        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "dirty-log-protects")));
    }

    [Test]
    public void Another_word_than_the_one_that_was_stored_is_a_mismatch()
    {
        var verdict = Judge.Decide(Program, Observed(word: 0x1003));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch), verdict.Reason);
        Assert.That(verdict.Predicted!.ToString(), Does.Contain("read.first: done, reads 0x0001"));
        Assert.That(verdict.Observed!.ToString(), Does.Contain("read.first: done, reads 0x1003"));
    }

    [Test]
    public void A_leaf_of_a_page_that_was_not_accessed_is_a_mismatch()
    {
        var verdict = Judge.Decide(Program, Observed(next: Seen.NormalRwxFwb));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch), verdict.Reason);
        Assert.That(verdict.Observed!.ToString(), Does.Contain("next Normal-WB rwx"));
    }

    [Test]
    public void A_program_whose_results_end_early_is_no_verdict_on_the_kernel()
    {
        var whole = Observed();
        var verdict = Judge.Decide(Program, whole with { Steps = [.. whole.Steps.SkipLast(9)] });
        Assert.That(
            (verdict.Kind, verdict.Culprit),
            Is.EqualTo((VerdictKind.ProbeError, Culprit.Probe)),
            verdict.Reason
        );
    }

    [Test]
    public void A_ring_without_the_page_that_was_stored_to_is_a_mismatch_and_loses_a_store()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:shared vma=rw slot=log do=write.first,dirty-ring,reset-rings restored ring=bitmap"
            )!;
        Assert.That(Decide([new RingEntry(CaseLayout.TestSlot, 0)], 1).Kind, Is.EqualTo(VerdictKind.Match));
        var lost = Decide([], 0);
        Assert.That((lost.Kind, lost.Rule), Is.EqualTo((VerdictKind.Mismatch, "dirty-ring-entry")));
        Assert.That(lost.Breaches.Select(b => (b.Property, b.Predicted)), Does.Contain(("no-store-unreported", false)));
        Assert.That(Decide([new RingEntry(CaseLayout.CodeSlot, 0)], 1).Kind, Is.EqualTo(VerdictKind.Mismatch));
        var twice = Decide([new RingEntry(CaseLayout.TestSlot, 0)], 2);
        Assert.That((twice.Kind, twice.Rule), Is.EqualTo((VerdictKind.Mismatch, "dirty-ring-reset")));

        Verdict Decide(RingEntry[] entries, int count)
        {
            var compiled = Seen.Compiled(c);
            var results = new StepResult[compiled.Program.Steps.Count];
            for (int i = 0; i < results.Length; i++)
                results[i] = EmptyResult.Of(compiled.Program.Steps[i], 0);
            results[compiled.Steps[0].Access!.Run.Index] = Seen.Report((uint)(0x100 + compiled.Steps[0].Report));
            results[compiled.Steps[0].Access!.Registers.Index] = Seen.Registers(0, 0, x17: 0x1001);
            results[compiled.Steps[1].Ring!.Value.Index] = new RingResult(entries);
            results[compiled.Steps[2].Reset!.Value.Index] = new ResetRingsResult(count);
            for (int n = 0; n < compiled.Steps.Count; n++)
                foreach (var page in SlotPages.All)
                    results[compiled.Steps[n].Descriptors[(int)page].Index] = Seen.Descriptor(
                        page != SlotPage.First ? 0
                            : n < 2 ? Seen.NormalRwxFwb
                            : ReadOnly,
                        valid: page == SlotPage.First
                    );
            return Judge.Decide(c, Seen.Whole(c, results));
        }
    }

    /// <summary>What a kernel returns that decides rightly, but for what is given.</summary>
    private static Observation Observed(int[]? dirty = null, ulong after = ReadOnly, ulong word = 1, ulong next = 0)
    {
        var compiled = Seen.Compiled(Program);
        var results = new StepResult[compiled.Program.Steps.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = EmptyResult.Of(compiled.Program.Steps[i], 0);
        for (int n = 0; n < compiled.Steps.Count; n++)
        {
            var step = compiled.Steps[n];
            if (step.Access is { } access)
            {
                results[access.Run.Index] = Seen.Report((uint)(0x100 + step.Report));
                results[access.Registers.Index] = Seen.Registers(0, 0, x17: n == 2 ? word : 0x1003);
            }
            if (step.DirtyLog is { } log)
                results[log.Index] = new DirtyLogResult(dirty ?? [0]);
            ulong[] leaves = [n == 0 ? Seen.NormalRwxFwb : after, next, n == 3 ? ReadOnly : 0];
            foreach (var page in SlotPages.All)
                results[step.Descriptors[(int)page].Index] = Seen.Descriptor(
                    leaves[(int)page],
                    valid: leaves[(int)page] != 0
                );
        }
        return Seen.Whole(Program, results);
    }
}
