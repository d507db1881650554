using Harness.Cases;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;

namespace Harness.Model.Tests;

/// <summary>Programs, as observed on booted kernels: 6.1, 6.12 and 7.2, with FWB and DIC or with neither.</summary>
public class ProgramTests
{
    private static readonly HostFacts Both = new(Fwb: true, Dic: true);
    private static readonly HostFacts Neither = new(Fwb: false, Dic: false);

    [TestCase(
        "anonymous:shared vma=rw slot=log do=read.first,write.first,dirty-log,dirty-log,write.first,write.last,dirty-log restored",
        "read.first: done, reads 0x1001 [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "dirty-log: dirty: first [first Normal-WB r--]; "
            + "dirty-log: dirty: nothing [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "dirty-log: dirty: first and last [first Normal-WB r--, last Normal-WB r--]",
        TestName = "Reading the log clears it, and protects what was dirty"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,write.last,log-on,dirty-log,read.last,write.last,dirty-log,log-off,dirty-log restored",
        "write.first: done [first Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "log-on: done [first Normal-WB r--, last Normal-WB r--]; "
            + "dirty-log: dirty: nothing [first Normal-WB r--, last Normal-WB r--]; "
            + "read.last: done, reads 0x0002 [first Normal-WB r--, last Normal-WB r--]; "
            + "write.last: done [first Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-log: dirty: last [first Normal-WB r--, last Normal-WB r--]; "
            + "log-off: done [first Normal-WB r--, last Normal-WB r--]; "
            + "dirty-log: ENOENT [first Normal-WB r--, last Normal-WB r--]",
        TestName = "A log that is switched on is empty, and gone when it is switched off"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.first@1,read.first,write.first,dirty-log,exec.first@1 restored",
        "write.first@1: done [first Normal-WB rw-]; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "dirty-log: dirty: first [first Normal-WB r--]; "
            + "exec.first@1: done [first Normal-WB r-x]",
        TestName = "What one vCPU mapped is mapped for the other"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.first,read.alias-first,write.alias-next,dirty-log,alias-delete,read.next,munmap,read.first restored second=alias",
        "write.first: done [first Normal-WB rw-]; "
            + "read.alias-first: done, reads 0x0001 [first Normal-WB rw-, alias-first Normal-WB rw-]; "
            + "write.alias-next: done [first Normal-WB rw-, alias-first Normal-WB rw-, alias-next Normal-WB rw-]; "
            + "dirty-log: dirty: first [first Normal-WB r--, alias-first Normal-WB rw-, alias-next Normal-WB rw-]; "
            + "alias-delete: done [first Normal-WB r--]; "
            + "read.next: done, reads 0x0003 [first Normal-WB r--, next Normal-WB r--]; "
            + "munmap: done; "
            + "read.first: KVM_RUN fails with EFAULT",
        TestName = "A second slot over the same memory has leaves, flags and a log of its own"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.first,alias-dirty-log,write.alias-last,alias-dirty-log,log-on,dirty-log,alias-log-off,write.first restored second=alias-log",
        "read.first: done, reads 0x1001 [first Normal-WB rw-]; "
            + "alias-dirty-log: dirty: nothing [first Normal-WB rw-]; "
            + "write.alias-last: done [first Normal-WB rw-, alias-last Normal-WB rw-]; "
            + "alias-dirty-log: dirty: alias-last [first Normal-WB rw-, alias-last Normal-WB r--]; "
            + "log-on: done [first Normal-WB r--, alias-last Normal-WB r--]; "
            + "dirty-log: dirty: nothing [first Normal-WB r--, alias-last Normal-WB r--]; "
            + "alias-log-off: done [first Normal-WB r--, alias-last Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-, alias-last Normal-WB r--]",
        TestName = "The log of one slot has nothing of the other's"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.alias-first,write.first,exec.alias-first,read.alias-first restored second=alias-ro",
        "write.alias-first: KVM_EXIT_MMIO; "
            + "write.first: done [first Normal-WB rw-]; "
            + "exec.alias-first: done [first Normal-WB rw-, alias-first Normal-WB r-x]; "
            + "read.alias-first: done, reads 0x0002 [first Normal-WB rw-, alias-first Normal-WB r-x]",
        TestName = "A READONLY slot shows what is stored by another"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=read.first,read.alias-first,write.alias-first,read.first second=alias",
        "read.first: done, reads 0x0000 [first Normal-WB r--]; "
            + "read.alias-first: done, reads 0x0000 [first Normal-WB r--, alias-first Normal-WB r--]; "
            + "write.alias-first: done [alias-first Normal-WB rw-]; "
            + "read.first: done, reads 0x0003 [first Normal-WB rw-, alias-first Normal-WB rw-]",
        TestName = "A page that is copied is unmapped from both slots"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=read.first+write.first,dirty-log,read.first restored",
        "read.first+write.first: done, reads 0x1001 or 0x0001, vCPU 1 done [first Normal-WB rw-]; "
            + "dirty-log: dirty: first [first Normal-WB r--]; "
            + "read.first: done, reads 0x0001 [first Normal-WB r--]",
        TestName = "Of two accesses at the same time either is first"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,recreate+read.alias-first,alias-delete+write.next restored second=alias",
        "write.first: done [first Normal-WB rw-]; "
            + "recreate+read.alias-first: vCPU 1 done, reads 0x0001 [alias-first Normal-WB rw-]; "
            + "alias-delete+write.next: vCPU 1 done [next Normal-WB rw-]",
        TestName = "What is done to one slot is not noticed in the other"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=ro do=read.last,write.last,exec.last restored",
        "read.last: done, reads 0x1003 [last Normal-WB r--]; "
            + "write.last: KVM_EXIT_MMIO [last Normal-WB r--]; "
            + "exec.last: done [last Normal-WB r-x]",
        TestName = "A store to a READONLY slot leaves its page"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.first,read.last,write.last,munmap,write.first",
        "read.first: done, reads 0x0000 [first Normal-WB rw-]; "
            + "read.last: done, reads 0x0000 [first Normal-WB rw-, last Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "munmap: done; "
            + "write.first: KVM_RUN fails with EFAULT",
        TestName = "What the host unmaps is gone at every page"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.last,move,dirty-log,read.last restored",
        "write.last: done [last Normal-WB rw-]; move: done; dirty-log: dirty: last; read.last: KVM_EXIT_MMIO",
        TestName = "A slot that moves takes its log with it"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.last,recreate,dirty-log restored",
        "write.last: done [last Normal-WB rw-]; recreate: done; dirty-log: dirty: nothing",
        TestName = "A slot that is made again has an empty log"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.next,log-on,write.last,read.first,log-off,read.first size=block restored by=hugetlb",
        "read.next: done, reads 0x1002 [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "log-on: done [first Normal-WB r-- block, next Normal-WB r-- block, last Normal-WB r-- block]; "
            + "write.last: done [last Normal-WB rw-]; "
            + "read.first: done, reads 0x1001 [first Normal-WB r--, last Normal-WB rw-]; "
            + "log-off: done [first Normal-WB r--, last Normal-WB rw-]; "
            + "read.first: done, reads 0x1001 [first Normal-WB r--, last Normal-WB rw-]",
        TestName = "A block maps all its pages, and a store while logging leaves one"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.first,read.last size=odd restored by=hugetlb",
        "read.first: done, reads 0x1001 [first Normal-WB rw- block, next Normal-WB rw- block]; "
            + "read.last: done, reads 0x1003 [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw-]",
        TestName = "No block reaches beyond the slot"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.first,read.last size=skewed-large restored by=hugetlb",
        "read.first: done, reads 0x1001 [first Normal-WB rw-]; "
            + "read.last: done, reads 0x1003 [first Normal-WB rw-, last Normal-WB rw-]",
        TestName = "No block where the addresses don't align"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.first,dirty-log,dirty-log,clear-log,dirty-log,write.first restored protect=manual",
        "write.first: done [first Normal-WB rw-]; "
            + "dirty-log: dirty: first [first Normal-WB rw-]; "
            + "dirty-log: dirty: first [first Normal-WB rw-]; "
            + "clear-log: done [first Normal-WB r--]; "
            + "dirty-log: dirty: nothing [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]",
        TestName = "With manual protection only clearing the log clears it"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.first,write.next,write.last,clear-log-next,dirty-log,clear-log-next restored",
        "write.first: done [first Normal-WB rw-]; "
            + "write.next: done [first Normal-WB rw-, next Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, next Normal-WB rw-, last Normal-WB rw-]; "
            + "clear-log-next: done [first Normal-WB rw-, next Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-log: dirty: first and last [first Normal-WB r--, next Normal-WB r--, last Normal-WB r--]; "
            + "clear-log-next: done [first Normal-WB r--, next Normal-WB r--, last Normal-WB r--]",
        TestName = "The log can be cleared without manual protection, a page at a time"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,read.last,log-on,dirty-log,write.last,clear-log-first,dirty-log,clear-log,dirty-log restored protect=initially-set",
        "write.first: done [first Normal-WB rw-]; "
            + "read.last: done, reads 0x1003 [first Normal-WB rw-, last Normal-WB rw-]; "
            + "log-on: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "dirty-log: dirty: first and next and last and others [first Normal-WB rw-, last Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "clear-log-first: done [first Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-log: dirty: next and last and others [first Normal-WB r--, last Normal-WB rw-]; "
            + "clear-log: done [first Normal-WB r--, last Normal-WB r--]; "
            + "dirty-log: dirty: nothing [first Normal-WB r--, last Normal-WB r--]",
        TestName = "A log that is full at first protects what is cleared"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.next,log-on,write.next,clear-log-first,write.last size=block restored by=hugetlb protect=initially-set",
        "read.next: done, reads 0x1002 [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "log-on: done [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "write.next: done [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "clear-log-first: done [first Normal-WB r-- block, next Normal-WB r-- block, last Normal-WB r-- block]; "
            + "write.last: done [last Normal-WB rw-]",
        TestName = "A block stays writable until one of its pages is cleared"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=clear-log-unaligned,clear-log,log-on,clear-log-part,clear-log-beyond,clear-log restored",
        "clear-log-unaligned: EINVAL; clear-log: ENOENT; log-on: done; "
            + "clear-log-part: EINVAL; clear-log-beyond: EINVAL; clear-log: done",
        TestName = "Ranges that the log doesn't have are not cleared"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.first,log-on,write.last,log-off,write.next size=block restored by=hugetlb split=block",
        "read.first: done, reads 0x1001 [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "log-on: done [first Normal-WB r--, next Normal-WB r--, last Normal-WB r--]; "
            + "write.last: done [first Normal-WB r--, next Normal-WB r--, last Normal-WB rw-]; "
            + "log-off: done [first Normal-WB r--, next Normal-WB r--, last Normal-WB rw-]; "
            + "write.next: done [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]",
        TestName = "Eager splitting splits where logging begins"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=read.first,log-on,clear-log-last,write.next size=block restored by=hugetlb protect=initially-set split=page",
        "read.first: done, reads 0x1001 [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "log-on: done [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "clear-log-last: done [first Normal-WB r--, next Normal-WB r--, last Normal-WB r--]; "
            + "write.next: done [first Normal-WB r--, next Normal-WB rw-, last Normal-WB r--]",
        TestName = "With a log that is full at first, eager splitting splits what is cleared"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.last,read.first,dirty-ring,write.last,dirty-ring,reset-rings,write.last,dirty-ring,dirty-log restored ring=bitmap",
        "write.last: done [last Normal-WB rw-]; "
            + "read.first: done, reads 0x1001 [first Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-ring: dirty: last [first Normal-WB r--, last Normal-WB rw-]; "
            + "write.last: done [first Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-ring: dirty: nothing [first Normal-WB r--, last Normal-WB rw-]; "
            + "reset-rings: entries: 1 [first Normal-WB r--, last Normal-WB r--]; "
            + "write.last: done [first Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-ring: dirty: last [first Normal-WB r--, last Normal-WB rw-]; "
            + "dirty-log: dirty: nothing [first Normal-WB r--, last Normal-WB rw-]",
        TestName = "A ring has a page once until it is reset, and the log beside it has none"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=read.first,write.first,dirty-ring,dirty-log,clear-log restored ring=alone",
        "read.first: done, reads 0x1001 [first Normal-WB rw-]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "dirty-ring: dirty: first [first Normal-WB rw-]; "
            + "dirty-log: ENXIO [first Normal-WB rw-]; "
            + "clear-log: ENXIO [first Normal-WB rw-]",
        TestName = "With rings alone a load maps its page writable"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=log do=write.first,reset-rings restored",
        "write.first: done [first Normal-WB rw-]; reset-rings: EINVAL [first Normal-WB rw-]",
        TestName = "Without rings there is nothing to reset"
    )]
    public void On_a_CPU_with_neither(string key, string steps) =>
        Assert.That(
            Mainline.V7_2_10.Predict(Neither, AllCases.WithKey(key)!).ToString(),
            Is.EqualTo($"registered; {steps}")
        );

    [Test]
    public void A_devices_page_is_dirty_once_it_is_loaded()
    {
        var c = AllCases.WithKey(
            "anonymous:shared vma=rw slot=log do=map(pfnmap:unknown:nc:shared),read.first,dirty-log"
        )!;
        Assert.That(
            Mainline.V7_2_10.Predict(Both, c).ToString(),
            Is.EqualTo(
                "registered; map(pfnmap:unknown:nc:shared): done; read.first: done [first Device-nGnRE rw-]; dirty-log: dirty: first [first Device-nGnRE r--]"
            )
        );
    }

    [Test]
    public void What_a_step_leaves_open_is_settled_by_what_was_read_after_it()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:private vma=rw slot=none do=read.first,read.last,write.next size=block restored by=thp"
            )!;
        Outcome page = Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, true, true));
        IReadOnlyList<Outcome?> onlyFirst = [page, Outcome.Unmapped, Outcome.Unmapped];

        var open = Mainline.V6_1.Predict(Both, c, null).Program;
        var settled = Mainline.V6_1.Predict(Both, c, [onlyFirst]).Program;
        Assert.That(open, Has.Count.EqualTo(3));
        Assert.That(open[1].Left[0].Leaf.Block, Is.True, "a block, as the host has one");
        Assert.That(settled[0].Part, Is.EqualTo(open[0].Part));
        Assert.That(
            settled[1].Left[0].Leaf.Block,
            Is.EqualTo(open[0].Left[0].Allows(page) ? false : open[1].Left[0].Leaf.Block),
            "what the prediction doesn't allow settles nothing"
        );
    }

    [Test]
    public void The_rule_of_the_first_step_that_differs_is_named()
    {
        var c = (ProgramCase)
            AllCases.WithKey("anonymous:shared vma=rw slot=log do=write.first,dirty-log,write.last restored")!;
        var predicted = Mainline.V7_2_10.Predict(Both, c, null).Program;
        ProgramPart[] seen = [.. predicted.Select(s => s.Part)];

        Assert.That(Named(seen[1] with { Dirty = [] }, 1), Is.EqualTo("writable-marks-dirty"));
        Assert.That(Named(seen[1] with { Beside = true }, 1), Is.EqualTo("writable-marks-dirty"));
        Assert.That(Named(seen[1] with { Left = seen[0].Left }, 1), Is.EqualTo("dirty-log-protects"));
        Assert.That(Named(seen[1] with { Dirty = null, Errno = Errno.ENOENT }, 1), Is.EqualTo("dirty-log-absent"));
        var readOnly = Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, Write: false, Execute: true));
        Assert.That(
            Named(seen[0] with { Left = [readOnly, Outcome.Unmapped, Outcome.Unmapped] }, 0),
            Is.EqualTo("writable").Or.EqualTo("host-pte-writable")
        );

        string Named(ProgramPart other, int at) =>
            ProgramContradiction
                .Find(Mainline.V7_2_10, Both, c, Errno.None, [.. seen.Select((part, i) => i == at ? other : part)])
                .Name;
    }

    [Test]
    public void What_the_VM_enables_may_be_refused()
    {
        var c = AllCases.WithKey("anonymous:shared vma=rw slot=log do=dirty-log restored protect=initially-set-alone")!;
        var prediction = Mainline.V6_1.Predict(Both, c);
        Assert.That(prediction.ToString(), Is.EqualTo("registration refused with EINVAL"));
        Assert.That(prediction.RegistrationPath[^1].Name, Is.EqualTo("log-protection-flags"));
    }

    [TestCase("ring=bitmap-alone", "dirty-ring-bitmap-alone", "EINVAL")]
    [TestCase("ring=strong", "dirty-ring-strong", "EINVAL")]
    [TestCase("ring=small", "dirty-ring-size", "EINVAL")]
    [TestCase("ring=odd", "dirty-ring-size", "EINVAL")]
    [TestCase("ring=large", "dirty-ring-too-large", "E2BIG")]
    [TestCase("ring=twice", "dirty-ring-once", "EINVAL")]
    [TestCase("ring=late", "dirty-ring-before-vcpus", "EINVAL")]
    [TestCase("split=unsupported", "split-size", "EINVAL")]
    [TestCase("split=late", "split-before-slots", "EINVAL")]
    public void Sizes_and_orders_that_a_capability_does_not_have_are_refused(string vm, string rule, string errno)
    {
        var c = AllCases.WithKey($"anonymous:shared vma=rw slot=none do=read.first restored {vm}")!;
        var prediction = Mainline.V6_5.Predict(Both, c);
        Assert.That(
            (prediction.Registration.ToString(), prediction.RegistrationPath[^1].Name),
            Is.EqualTo((errno, rule))
        );
    }

    [Test]
    public void Releases_differ_in_what_they_track_dirty_pages_with()
    {
        var ring = AllCases.WithKey("anonymous:shared vma=rw slot=none do=read.first restored ring=bitmap")!;
        var split = AllCases.WithKey("anonymous:shared vma=rw slot=none do=read.first restored split=block")!;
        var isolated = Both with { Mode = KvmMode.Protected };

        Assert.That(Refusal(Mainline.V6_1, ring, Both), Is.EqualTo("dirty-ring-unknown"));
        Assert.That(Refusal(Mainline.V6_2, ring, Both), Is.Null);
        Assert.That(Refusal(Mainline.V6_2, split, Both), Is.EqualTo("split-unknown"));
        Assert.That(Refusal(Mainline.V6_5, split, Both), Is.Null);
        Assert.That(Refusal(Mainline.V7_2, split, isolated), Is.Null);
        Assert.That(Refusal(Mainline.V7_3, split, isolated), Is.EqualTo("split-protected"));
        Assert.That(Refusal(Mainline.V7_3, split, Both), Is.Null);
        Assert.That(Refusal(Mainline.V7_3, ring, isolated), Is.Null);

        static string? Refusal(Policy policy, Case c, HostFacts host) =>
            policy.Predict(host, c) is { Registration: not Errno.None } refused
                ? refused.RegistrationPath[^1].Name
                : null;
    }

    [TestCase("write.first,dirty-log", "manual", 1, "writable-marks-dirty")]
    [TestCase("write.first,clear-log", "manual", 1, "clear-log-protects")]
    [TestCase("write.first,clear-log-part", "manual", 1, "clear-log-range")]
    [TestCase("write.first,clear-log-unaligned", "manual", 1, "clear-log-unaligned")]
    [TestCase("read.first,dirty-log", "initially-set", 1, "dirty-log-initially-set")]
    public void A_log_that_is_kept_in_another_way_contradicts_its_rule(
        string steps,
        string protect,
        int at,
        string rule
    )
    {
        var c = (ProgramCase)
            AllCases.WithKey($"anonymous:shared vma=rw slot=log do={steps} restored protect={protect}")!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)];
        seen[at] = seen[at].Dirty is null
            ? seen[at] with
            {
                Errno = seen[at].Errno == Errno.None ? Errno.EINVAL : Errno.None,
            }
            : seen[at] with
            {
                Dirty = [],
                Beside = false,
            };
        Assert.That(ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name, Is.EqualTo(rule));
    }

    /// <summary>No single rule that decides the other way gives any of these.</summary>
    [TestCase("read.last", "Normal-NC rw-", "normal")]
    [TestCase("write.last", "Normal-WB r-x", "writable")]
    [TestCase("exec.last", null, "dic-executable")]
    [TestCase("write.last", null, "writable")]
    [TestCase("read.last", null, "normal")]
    public void A_leaf_that_no_rule_gives_contradicts_what_set_its_part(string step, string? leaf, string rule)
    {
        var c = (ProgramCase)AllCases.WithKey($"anonymous:shared vma=rw slot=none do=write.first,{step} restored")!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)];
        var other = leaf is null ? Outcome.RunFails(Errno.EBUSY) : Outcome.Mapped(LeafOf(leaf));
        var left = seen[1].Left.ToArray();
        left[(int)SlotPage.Last] = leaf is null ? Outcome.Unmapped : other;
        seen[1] = seen[1] with { Access = other, Left = left };
        Assert.That(ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name, Is.EqualTo(rule));
    }

    private static Leaf LeafOf(string text) =>
        new(
            Enum.GetValues<MemoryType>().Single(t => text.StartsWith(new Leaf(t, false, false).TypeWord)),
            text[^2] == 'w',
            text[^1] == 'x'
        );

    [Test]
    public void Another_word_contradicts_the_rule_that_looked_the_page_up()
    {
        var c = (ProgramCase)AllCases.WithKey("anonymous:shared vma=rw slot=none do=read.last restored")!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)];
        seen[0] = seen[0] with { Word = 0x7777 };
        var rule = ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen);
        Assert.That(Mainline.V7_2_10.Rules(Stage.Lookup), Does.Contain(rule));
    }

    /// <summary>It maps what lies before the slot, and the slot's second page.</summary>
    [Test]
    public void A_block_that_begins_before_its_slot_contradicts_the_rule_for_blocks()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:shared vma=rw slot=none do=read.first,read.last,write.next,write.last,exec.last,exec.first size=odd-start restored by=hugetlb"
            )!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)];
        var block = Outcome.Mapped(seen[0].Left[0]!.Value.Leaf with { Block = true });
        seen[0] = seen[0] with { Left = [block, block, Outcome.Unmapped] };
        Assert.That(
            ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name,
            Is.EqualTo("host-huge-page")
        );
    }

    [Test]
    public void A_fetch_that_fails_from_the_right_leaf_contradicts_what_says_which_memory_it_is()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:private vma=rw slot=ro do=read.last,write.last,exec.last,read.first,write.first restored"
            )!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)];
        seen[2] = seen[2] with { Access = new Outcome(OutcomeKind.GuestDataAbort) };
        Assert.That(ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name, Is.EqualTo("normal"));
    }

    /// <summary>A store splits the block: before that it maps the last page, too, and after it nothing does.</summary>
    [Test]
    public void What_depends_on_the_order_of_two_accesses_is_open_and_settled_by_what_was_read()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:shared vma=rw slot=none do=read.first,log-on,write.first+read.last,write.last size=block restored by=hugetlb"
            )!;
        var predicted = Mainline.V7_2_10.Predict(Neither, c, null).Program[2].Part;
        var page = Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, Write: false, Execute: false));
        Assert.That(predicted.Left[(int)SlotPage.Last]!.Value.Allows(page));
        Assert.That(predicted.Left[(int)SlotPage.Last]!.Value.Allows(Outcome.Unmapped));
        Assert.That(predicted.Left[(int)SlotPage.First]!.Value.Allows(Outcome.Unmapped), Is.False);
    }

    [Test]
    public void A_load_beside_a_store_returns_the_old_word_or_the_new_one_and_no_other()
    {
        var c = (ProgramCase)AllCases.WithKey("anonymous:shared vma=rw slot=none do=write.first+read.first restored")!;
        var predicted = Mainline.V7_2_10.Predict(Neither, c, null).Program[0].Part;
        Assert.That(Loads(0x1001) && Loads(0x0001));
        Assert.That(Loads(0), Is.False);
        Assert.That(
            predicted.Allows(predicted with { OrOtherWord = null, Other = Outcome.RunFails(Errno.EFAULT) }),
            Is.False
        );

        bool Loads(ushort word) => predicted.Allows(predicted with { OtherWord = word, OrOtherWord = null });
    }

    [Test]
    public void The_second_slot_is_registered_by_the_same_rules_as_the_first()
    {
        var c = AllCases.WithKey("pfnmap:unknown:wb:shared vma=rw slot=none do=read.first second=alias-log")!;
        var prediction = Mainline.V7_2_10.Predict(Both, c);
        Assert.That(
            (prediction.Registration, prediction.RegistrationPath[^1].Name),
            Is.EqualTo((Errno.EINVAL, "log-dirty-pfnmap"))
        );
    }

    /// <summary>kvm_set_spte_gfn(), which mainline has no more since 6.10: observed on 6.1.</summary>
    [Test]
    public void Up_to_6_9_a_copied_page_is_mapped_read_only_in_the_other_slot_where_that_has_a_table()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:private vma=rw slot=none do=read.next,write.first,write.alias-next second=alias"
            )!;
        Assert.That(Last(Mainline.V6_1), Does.EndWith("next Normal-WB r--, alias-next Normal-WB rw-]"));
        Assert.That(Last(Mainline.V7_2_10), Is.EqualTo("done [first Normal-WB rw-, alias-next Normal-WB rw-]"));

        string Last(Policy policy) => OutcomeText.Of(policy.Predict(Neither, c, null).Program[^1].Part);
    }

    [Test]
    public void A_page_is_in_the_ring_of_the_vCPU_that_made_it_dirty()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:shared vma=rw slot=log do=write.first,write.first@1,write.last@1,dirty-ring@1,reset-rings,dirty-ring,reset-rings restored ring=bitmap"
            )!;
        Assert.That(
            Mainline.V7_2_10.Predict(Neither, c, null).Program.Skip(3).Select(s => OutcomeText.Of(s.Part)),
            Is.EqualTo(
                new[]
                {
                    "dirty: last [first Normal-WB rw-, last Normal-WB rw-]",
                    "entries: 1 [first Normal-WB rw-, last Normal-WB r--]",
                    "dirty: first [first Normal-WB rw-, last Normal-WB r--]",
                    "entries: 1 [first Normal-WB r--, last Normal-WB r--]",
                }
            )
        );
    }

    /// <summary>
    /// user_mem_abort(), 7.2.12: mark_page_dirty_in_slot() only if the page is writable, which a load of a driver's
    /// page finds by the fast lookup or not.
    /// </summary>
    [Test]
    public void A_load_that_turns_out_to_map_read_only_adds_no_entry()
    {
        var c = (ProgramCase)
            AllCases.WithKey(
                "mixedmap:known:wb:shared vma=rw slot=log do=read.first@1,dirty-ring@1,write.first@1,dirty-ring@1 split=page ring=alone"
            )!;
        Assert.That(Entries(write: true), Is.EqualTo(new[] { SlotPage.First }));
        Assert.That(Entries(write: false), Is.Empty);

        IReadOnlyList<SlotPage> Entries(bool write)
        {
            var leaf = Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, write, Execute: true));
            IReadOnlyList<Outcome?> left = [leaf, Outcome.Unmapped, Outcome.Unmapped];
            var steps = Mainline.V7_2_10.Predict(Both, c, [left, left]).Program;
            Assert.That(steps[0].Left[0].Allows(leaf), Is.True, "both are open");
            Assert.That(steps[3].Dirty, write ? Is.Empty : Is.EqualTo(new[] { SlotPage.First }), "the store's");
            return steps[1].Dirty!;
        }
    }

    [Test]
    public void With_manual_protection_a_read_that_protects_contradicts_its_rule()
    {
        var c = (ProgramCase)
            AllCases.WithKey("anonymous:shared vma=rw slot=log do=write.first,dirty-log restored protect=manual")!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)];
        var readOnly = Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, Write: false, Execute: true));
        seen[1] = seen[1] with { Left = [readOnly, Outcome.Unmapped, Outcome.Unmapped] };
        Assert.That(
            ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name,
            Is.EqualTo("dirty-log-manual")
        );
    }

    [Test]
    public void A_refused_change_contradicts_the_rule_that_accepts_it()
    {
        var c = (ProgramCase)AllCases.WithKey("anonymous:shared vma=rw slot=log do=write.first,log-off restored")!;
        var predicted = Mainline.V7_2_10.Predict(Both, c, null).Program;
        ProgramPart[] seen = [predicted[0].Part, predicted[1].Part with { Errno = Errno.EINVAL }];
        Assert.That(ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name, Is.EqualTo("accept"));
    }

    [Test]
    public void A_part_of_a_program_survives_its_JSON_form()
    {
        PartsOutcome outcome = new([
            new RegistrationPart(Errno.None),
            new ProgramPart(
                "read.last",
                Outcome.Mapped(default),
                Errno.None,
                0x1003,
                [Outcome.Unmapped, null, Outcome.Mapped(new Leaf(MemoryType.DeviceNGnRE, true, false))],
                null
            ),
            new ProgramPart("dirty-log", null, Errno.None, null, [null, null, null], [SlotPage.Last], Beside: true),
            new ProgramPart("dirty-log", null, Errno.ENOENT, null, [null, null, null], null),
            new ProgramPart("write.first", Outcome.RunFails(Errno.EFAULT), Errno.None, null, [null, null, null], null),
            new ProgramPart(
                "read.first+read.alias-last",
                Outcome.Mapped(default),
                Errno.None,
                0x1001,
                [.. SlotPages.Both.Select(_ => (Outcome?)Outcome.Unmapped)],
                null
            )
            {
                OrWord = 1,
                Other = Outcome.RunFails(Errno.EFAULT),
                OtherWord = 2,
                OrOtherWord = 3,
            },
        ]);
        Assert.That(CaseOutcome.Parse(outcome.ToJson()), Is.EqualTo(outcome), outcome.ToJson());
    }

    [TestCase("do=log-on,log-on", "dirty logging is enabled if it is off")]
    [TestCase("do=delete,log-on", "a slot that is gone is not changed")]
    [TestCase("do=munmap,store", "only memory that is mapped has a mapping to change")]
    [TestCase("do=mprotect-read,store", "the process can't store to memory that it may only read")]
    [TestCase("do=punch", "only an open guest_memfd can be punched or closed")]
    [TestCase("do=ldxr.first", "what an exclusive does is the CPU's choice")]
    public void Steps_that_can_t_be_made_in_their_order_are_refused(string steps, string reason)
    {
        ProgramStep[] made = [.. steps[3..].Split(',').Select(w => ProgramText.Parse(w, _ => null)!)];
        var c = new ProgramCase(Backing.Plain, vmaWritable: true, SlotFlags.None, made);
        Assert.That(c.UnsupportedReason, Does.StartWith(reason));
    }
}
