using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Reports.Tests.Html;

public sealed class HtmlPartsTests
{
    [Test]
    public void An_outcome_is_taken_apart_but_not_within_parentheses() => Assert.That(
        OutcomeWords.Parts("registered; read: mapped Normal-WB r-x (writable or not; page or block); munmap: not mapped; guest: works"),
        Is.EqualTo(new[] { ("registration", "accepted"), ("read", "mapped Normal-WB r-x (writable or not; page or block)"), ("munmap", "not mapped"), ("guest", "works") }));

    [TestCase("mapped Normal-WB rwx (page or block)", "mapped Normal-WB rwx 2M", true)]
    [TestCase("mapped Normal-WB rwx", "mapped Normal-WB rwx 2M", false)]
    [TestCase("mapped Normal-WB r-x (writable or not)", "mapped Normal-WB rwx", true)]
    [TestCase("mapped Normal-WB r-x (writable or not)", "mapped Normal-WB rw-", false)]
    [TestCase("mapped Normal-WB rw- (executable or not; page or block)", "mapped Normal-WB rwx 2M", true)]
    [TestCase("mapped Normal-NC rw-", "mapped", true)]
    [TestCase("KVM_RUN fails with EFAULT", "mapped", false)]
    [TestCase("mapped Device-nGnRE rw- (or KVM_RUN fails with EFAULT, where the CPU has no exclusives there)", "KVM_RUN fails with EFAULT", true)]
    [TestCase("mapped Device-nGnRE rw-", "mapped Normal-WB rw-", false)]
    public void What_a_prediction_leaves_open_is_no_difference(string predicted, string observed, bool allows) =>
        Assert.That(OutcomeDifference.Allows(predicted, observed), Is.EqualTo(allows));

    [Test]
    public void Predicted_and_observed_stand_beside_each_other_and_what_is_missing_on_one_side_differs()
    {
        var parts = OutcomeDifference.Of("registered; read: mapped Device-nGnRE r--; write: KVM_EXIT_MMIO", "registered; read: KVM_RUN fails with EFAULT");
        Assert.That(parts.Select(p => (p.Of, p.Agrees)), Is.EqualTo(new[] { ("registration", true), ("read", false), ("write", false) }));
        Assert.That(OutcomeDifference.Words("mapped Normal-WB rwx 2M", "mapped Device-nGnRE rwx 2M").Where(w => w.Differs).Select(w => w.Word), Is.EqualTo(new[] { "Normal-WB" }));
    }

    [Test]
    public void The_bits_of_a_descriptor_are_named()
    {
        var descriptor = Descriptor.Read("no descriptor here\nread: 0x00400000a00004c7 level 3: MemAttr=0b0001 S2AP=rw")[0];
        string Means(string name, bool? fwb = true) => descriptor.Fields(fwb, lpa2: false).Single(f => f.Name == name).Means;
        Assert.Multiple(() =>
        {
            Assert.That(Means("MemAttr"), Is.EqualTo("Device-nGnRE"));
            Assert.That(Means("S2AP"), Is.EqualTo("read and write"));
            Assert.That(Means("XN"), Is.EqualTo("EL1 may not execute"));
            Assert.That(Means("AF"), Is.EqualTo("accessed"));
            Assert.That(Means("type"), Is.EqualTo("page"));
            Assert.That(descriptor.Fields(true, false).Single(f => f.Name == "address").Value, Is.EqualTo("0xa0000000"));
            Assert.That(new Descriptor("read", 0b0110 << 2, 3).Fields(false, false).Single(f => f.Name == "MemAttr").Means, Does.StartWith("no encoding"));
            Assert.That(new Descriptor("read", 0b1111 << 2, 3).Fields(false, false).Single(f => f.Name == "MemAttr").Means, Is.EqualTo("Normal write-back"));
        });
    }

    [Test]
    public void A_cell_of_the_matrix_counts_each_access_and_is_marked_where_something_is_wrong()
    {
        var c = new ReportedCase("id", "pfnmap", "title", new Dictionary<string, string> { ["access"] = "read,write" });
        var outcomes = new Numbered();
        CodedResult Result(string verdict, string? outcome) => new(0, (byte)Verdicts.All.ToList().IndexOf(verdict), outcomes.Of(outcome), 0, 0, 0);
        var results = new[]
        {
            Result(Verdicts.Match, "registered; read: mapped Normal-WB r--; write: KVM_EXIT_MMIO"), Result(Verdicts.Mismatch, "registered; read: mapped Device-nGnRE r--; write: KVM_RUN fails with EFAULT"),
            Result(Verdicts.Match, "registration refused with EINVAL"), Result(Verdicts.Skip, null), Result(Verdicts.Crash, null), Result(Verdicts.Match, "registered; read: mapped"),
        };
        var host = new HostResults(null!, results);
        var rows = DecisionMatrix.Of([c], [host], outcomes).Rows;
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(r => (r.Class, r.Access)), Is.EqualTo(new[] { ("pfnmap", "read"), ("pfnmap", "write") }));
            Assert.That(rows[0].Cells[0].Outcomes.Select(o => (o.Kind.Key, o.Count)), Is.EqualTo(new[] { ("wb", 1), ("dev", 1), ("map", 1), ("refused", 1), ("none", 1) }));
            Assert.That(rows[1].Cells[0].Outcomes.Select(o => o.Kind.Key), Is.EqualTo(new[] { "refused", "fail", "mmio", "none" }));
            Assert.That(rows[0].Cells[0].Mark, Is.EqualTo(MatrixMark.Wrong));
            Assert.That(rows[0].Cells[0].Others, Is.EqualTo(new Dictionary<string, int> { ["crash"] = 1, ["mismatch"] = 1 }));
        });
    }

    [TestCase("done", "done")]
    [TestCase("sees the host's word", "done")]
    [TestCase("closed, but the VM lives on", "done")]
    [TestCase("EEXIST", "deny")]
    [TestCase("the hypercall returns -3", "deny")]
    [TestCase("SIGBUS, BUS_ADRERR", "sig")]
    [TestCase("KVM_EXIT_MEMORY_FAULT, EFAULT", "fail")]
    [TestCase("KVM_EXIT_MMIO", "mmio")]
    [TestCase("the guest faults for ever", "stall")]
    [TestCase("an exception in the guest", "abort")]
    [TestCase("sees 0xdead, which nobody stored", "other")]
    public void The_end_of_an_act_has_its_colour(string words, string key) => Assert.That(OutcomeKind.OfAct(words).Key, Is.EqualTo(key));

    [Test]
    public void Acts_are_compared_by_their_places_and_what_comes_after_the_first_difference_is_marked_as_no_more()
    {
        var parts = OutcomeDifference.Of("create: done; load: sees zeroes; load: done; peek: EIO", "create: done; load: SIGBUS, BUS_ADRERR; load: done");

        Assert.That(parts.Select(p => (p.Of, p.Agrees, p.IsAfter)),
            Is.EqualTo(new[] { ("1 create", true, false), ("2 load", false, false), ("3 load", true, true), ("4 peek", false, true) }));
        Assert.That(OutcomeDifference.Of("create: done; destroy: done", "create: done; destroy: done, as far as can be seen").Select(p => p.Agrees), Has.All.True);
    }

    [Test]
    public void A_page_s_life_has_a_line_in_the_matrix_for_who_does_something_and_one_verdict_in_it()
    {
        var c = Life("create,bind,load,load,guest-load");
        var outcomes = new Numbered();
        int seen = outcomes.Of("create: done; bind: done; load: SIGBUS, BUS_ADRERR; load: EFAULT; guest-load: sees zeroes");

        var rows = DecisionMatrix.Of([c], [new HostResults(null!, [new CodedResult(0, (byte)Verdicts.All.ToList().IndexOf(Verdicts.Mismatch), seen, 0, 0, 0)])], outcomes).Rows;

        Assert.That(rows.Select(r => r.Access), Is.EqualTo(new[] { "VM", "slots", "host", "guest" }));
        Assert.That(rows[2].Cells[0].Outcomes.Select(o => o.Kind.Key), Is.EqualTo(new[] { "deny", "sig" }));
        Assert.That(rows[2].Cells[0].Others, Is.EqualTo(new Dictionary<string, int> { ["mismatch"] = 1 }));
    }

    [Test]
    public void A_page_s_life_is_told_in_a_sentence()
    {
        Assert.That(CaseWords.Sentence(Life("create,bind,destroy")),
            Is.EqualTo("Private anonymous memory, in the life of a protected VM: 3 acts about one page of it, from create to destroy."));
        Assert.That(CaseWords.Telling(Life("create,bind,destroy")), Does.Contain(("do", "create, bind, destroy")));
    }

    [Test]
    public void A_signal_is_told_by_its_name_and_with_its_address()
    {
        var story = AttemptStory.Of("""
            { "end": "completed", "kernelLog": [], "steps": [
              { "index": 4, "op": "touch", "errno": 0, "values": { "signal": 7, "code": 2, "address": 281473902968832 } } ] }
            """);

        Assert.That(story!.Steps.Single().Values, Is.EqualTo("SIGBUS, BUS_ADRERR, at 0xffffc0000000"));
    }

    [Test]
    public void What_a_step_read_is_told_as_this_probe_and_older_ones_write_it()
    {
        var story = AttemptStory.Of("""
            { "end": "completed", "kernelLog": [], "steps": [
              { "op": "run", "errno": 4, "exit": 6, "address": 4096, "timeout": true },
              { "op": "get-registers", "errno": 0, "registers": { "x10": 255, "x11": 0 } },
              { "index": 2, "op": "stage2", "errno": 0, "values": { "valid": true, "level": 3 } } ] }
            """)!;

        Assert.That(story.Steps, Is.EqualTo(new[]
        {
            (0, "run", 4, "exit=6 address=0x1000 timeout=true"), (1, "get-registers", 0, "x10=0xff x11=0"), (2, "stage2", 0, "valid=true level=3"),
        }));
    }

    private static ReportedCase Life(string acts) => new("id", "life:protected:anonymous:private", "title", new Dictionary<string, string>
    {
        ["backing"] = "anonymous", ["sharing"] = "private", ["vma"] = "rw", ["access"] = "", ["life"] = "protected", ["do"] = acts,
    });

    [TestCase("mapped Normal-WB rwx 2M", "wb")]
    [TestCase("mapped Normal-NC r--", "nc")]
    [TestCase("mapped Device-nGnRE rw-", "dev")]
    [TestCase("KVM_RUN fails with EAGAIN", "fail")]
    [TestCase("external instruction abort in the guest", "abort")]
    [TestCase("data abort in the guest", "abort")]
    [TestCase("the guest faults for ever", "stall")]
    [TestCase("mapped with MemAttr 0b0011, which is no KVM encoding", "other")]
    public void An_outcome_has_its_colour(string words, string key) => Assert.That(OutcomeKind.Of(words).Key, Is.EqualTo(key));

    [Test]
    public void A_case_is_told_in_sentences()
    {
        var c = new ReportedCase("id", "class", "title", new Dictionary<string, string>
        {
            ["backing"] = "pfnmap", ["memory"] = "unknown", ["type"] = "wb", ["sharing"] = "shared", ["any-uncached"] = "yes", ["vma"] = "rw", ["slot"] = "ro", ["access"] = "read,write",
            ["then"] = "munmap", ["size"] = "block", ["provider"] = "usual",
        });
        Assert.That(CaseWords.Sentence(c), Is.EqualTo("A shared VM_PFNMAP mapping with VM_ALLOW_ANY_UNCACHED, write-back, of memory outside the kernel's memory map, mapped read-write by "
            + "userspace, behind a read-only memslot, 2 MiB and aligned to it. The guest reads; userspace does munmap, then writes."));
        Assert.That(CaseWords.Telling(c).Select(t => t.Name), Is.EqualTo(new[] { "backing", "memory", "type", "sharing", "any-uncached", "vma", "slot", "access", "then", "size" }));
    }

    [TestCase("""{ "settled": { "FWB": "there" } }""", "FWB there")]
    [TestCase("""{ "settled": { "FWB": { "value": "there", "unknown": null, "by": { "a": "there" } } } }""", "FWB there")]
    [TestCase("""{ "settled": { "MTE": { "value": null, "unknown": "why", "by": { } } } }""", "MTE  why")]
    [TestCase("""{ "settled": { "MTE": { "value": null, "unknown": "why", "by": { "a": "there", "b": "not there" } } } }""", "MTE  why contradicted")]
    [TestCase("""{ "settled": [] }""", "")]
    [TestCase("[]", "")]
    [TestCase(null, "")]
    public void Facts_of_any_version_are_read(string? facts, string read) =>
        Assert.That(string.Join("; ", HostFact.Of(facts).Select(f => $"{f.Name} {f.Value} {f.Unknown}{(f.Contradicted ? " contradicted" : "")}".TrimEnd())), Is.EqualTo(read));

    [Test]
    public void An_attempt_of_another_version_is_no_story() => Assert.Multiple(() =>
    {
        Assert.That(AttemptStory.Of("{}"), Is.Null);
        Assert.That(AttemptStory.Of("[]"), Is.Null);
        Assert.That(AttemptStory.Of("no json"), Is.Null);
        Assert.That(AttemptStory.Of("\"text\""), Is.Null);
    });
}
