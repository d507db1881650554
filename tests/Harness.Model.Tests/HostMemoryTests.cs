using Harness.Cases;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Model.Safety;

namespace Harness.Model.Tests;

/// <summary>What the host's memory management does to a program's pages, as its sources have it.</summary>
public class HostMemoryTests
{
    private static readonly HostFacts Both = new(Fwb: true, Dic: true);
    private static readonly HostFacts Neither = new(Fwb: false, Dic: false);

    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,write.last,dontneed.first,read.last,read.first restored",
        "write.first: done [first Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "dontneed.first: done [last Normal-WB rw-]; "
            + "read.last: done, reads 0x0002 [last Normal-WB rw-]; "
            + "read.first: done, reads 0x0000 [first Normal-WB r--, last Normal-WB rw-]",
        TestName = "A private page that is given back is gone, and only it"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,dontneed,read.first restored",
        "write.first: done [first Normal-WB rw-]; "
            + "dontneed: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]",
        TestName = "A shared page that is given back is found again"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.last,punch-file.last,read.last,truncate,read.last,extend,read.last restored by=memfd",
        "write.last: done [last Normal-WB rw-]; "
            + "punch-file.last: done; "
            + "read.last: done, reads 0x0000 [last Normal-WB rw-]; "
            + "truncate: done; "
            + "read.last: KVM_RUN fails with EFAULT; "
            + "extend: done; "
            + "read.last: done, reads 0x0000 [last Normal-WB rw-]",
        TestName = "Beyond the end of a file nothing is mapped until it is longer"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,read.next,punch-file,read.first,read.next,truncate,extend,read.first by=memfd",
        "write.first: done [first Normal-WB rw-]; "
            + "read.next: done, reads 0x0000 [first Normal-WB rw-, next Normal-WB r--]; "
            + "punch-file: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]; "
            + "read.next: done, reads 0x0000 [first Normal-WB rw-, next Normal-WB r--]; "
            + "truncate: done; extend: done; "
            + "read.first: done, reads 0x0000 [first Normal-WB r--]",
        TestName = "A private copy outlives a hole, not the end of its file"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.last,fork,punch-file,read.last by=memfd",
        "write.last: done [last Normal-WB rw-]; fork: done; punch-file: done; "
            + "read.last: done, reads 0x0001 [last Normal-WB r--]",
        TestName = "A private copy that a fork made read-only is still the mapping's own"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=ro do=read.last,truncate,write.first,read.last restored by=memfd",
        "read.last: done, reads 0x1003 [last Normal-WB r--]; "
            + "truncate: done; write.first: KVM_EXIT_MMIO; read.last: KVM_RUN fails with EFAULT",
        TestName = "A READONLY slot is asked before its file is"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,exec.first,fork,read.first,write.first,read.first restored",
        "write.first: done [first Normal-WB rw-]; "
            + "exec.first: done [first Normal-WB rwx]; "
            + "fork: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "read.first: done, reads 0x0005 [first Normal-WB rw-]",
        TestName = "After a fork a page is read-only until a store copies it"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,fork,read.first restored",
        "write.first: done [first Normal-WB rw-]; fork: done [first Normal-WB rw-]; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]",
        TestName = "A fork leaves shared memory"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=read.first,fork,read.last",
        "read.first: done, reads 0x0000 [first Normal-WB r--]; fork: done [first Normal-WB r--]; "
            + "read.last: done, reads 0x0000 [first Normal-WB r--, last Normal-WB r--]",
        TestName = "A fork leaves memory that nobody has stored to"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.next,dontneed.next,read.next,fork",
        "write.next: done [next Normal-WB rw-]; dontneed.next: done; "
            + "read.next: done, reads 0x0000 [next Normal-WB r--]; fork: done",
        TestName = "A fork doesn't leave memory that somebody has stored to"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=read.first,write.last,mlock,write.first,dontneed",
        "read.first: done, reads 0x0000 [first Normal-WB r--]; "
            + "write.last: done [first Normal-WB r--, last Normal-WB rw-]; "
            + "mlock: done [last Normal-WB rw-]; "
            + "write.first: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "dontneed: EINVAL [first Normal-WB rw-, last Normal-WB rw-]",
        TestName = "Locked memory has its own pages, and is not given back"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,split-huge,read.last,collapse,read.first,dontneed.last,read.next,read.last size=block restored by=thp",
        "write.first: done [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "split-huge: done; "
            + "read.last: done, reads 0x1003 [last Normal-WB rw-]; "
            + "collapse: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw- block]; "
            + "dontneed.last: done; "
            + "read.next: done, reads 0x1002 [next Normal-WB rw-]; "
            + "read.last: done, reads 0x0000 [next Normal-WB rw-, last Normal-WB r--]",
        TestName = "A huge page that is split is mapped by pages until it is collapsed"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,write.last,split-huge,dontneed.last size=odd restored by=thp",
        "write.first: done [first Normal-WB rw- block, next Normal-WB rw- block]; "
            + "write.last: done [first Normal-WB rw- block, next Normal-WB rw- block, last Normal-WB rw-]; "
            + "split-huge: done [last Normal-WB rw-]; dontneed.last: done",
        TestName = "Splitting one huge page leaves the next"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,uffd-missing,read.first,read.next,dontneed.first,read.first,write.last,read.last",
        "write.first: done [first Normal-WB rw-]; "
            + "uffd-missing: done [first Normal-WB rw-]; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]; "
            + "read.next: done, reads 0x3001 [first Normal-WB rw-, next Normal-WB rw-]; "
            + "dontneed.first: done [next Normal-WB rw-]; "
            + "read.first: done, reads 0x3001 [first Normal-WB rw-, next Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, next Normal-WB rw-, last Normal-WB rw-]; "
            + "read.last: done, reads 0x0007 [first Normal-WB rw-, next Normal-WB rw-, last Normal-WB rw-]",
        TestName = "A missing page is provided, and one that there is not"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=ro do=read.next,uffd-missing,write.last,dontneed,read.next,read.last",
        "read.next: done, reads 0x0000 [next Normal-WB r--]; "
            + "uffd-missing: done [next Normal-WB r--]; "
            + "write.last: KVM_EXIT_MMIO [next Normal-WB r--]; "
            + "dontneed: done; "
            + "read.next: done, reads 0x0000 [next Normal-WB r--]; "
            + "read.last: done, reads 0x3001 [next Normal-WB r--, last Normal-WB r--]",
        TestName = "A shared page is missing if its file has none"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,exec.first,uffd-wp,read.first,write.first,read.first restored",
        "write.first: done [first Normal-WB rw-]; "
            + "exec.first: done [first Normal-WB rwx]; "
            + "uffd-wp: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "read.first: done, reads 0x0005 [first Normal-WB rw-]",
        TestName = "A page that userfaultfd protects is read-only until a store is let through"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,read.last,pageout.first,pageout,read.first,mlock,pageout restored",
        "write.first: done [first Normal-WB rw-]; "
            + "read.last: done, reads 0x1003 [first Normal-WB rw-, last Normal-WB rw-]; "
            + "pageout.first: done [last Normal-WB rw-]; "
            + "pageout: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]; "
            + "mlock: done [first Normal-WB rw-]; "
            + "pageout: EINVAL [first Normal-WB rw-]",
        TestName = "A shared page comes back from swap, and a locked one doesn't go there"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=read.first,write.next,pageout,write.next,read.next",
        "read.first: done, reads 0x0000 [first Normal-WB r--]; "
            + "write.next: done [first Normal-WB r--, next Normal-WB rw-]; "
            + "pageout: done [first Normal-WB r--]; "
            + "write.next: done [first Normal-WB r--, next Normal-WB rw-]; "
            + "read.next: done, reads 0x0004 [first Normal-WB r--, next Normal-WB rw-]",
        TestName = "A private page that nobody stored to is not written to swap"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=read.first,madv-free,read.next,write.first,madv-free.next,read.first restored",
        "read.first: done, reads 0x1001 [first Normal-WB rw-]; "
            + "madv-free: done; "
            + "read.next: done, reads 0x1002 or 0x0000 [next Normal-WB rw-]; "
            + "write.first: done [first Normal-WB rw-, next Normal-WB rw-]; "
            + "madv-free.next: done [first Normal-WB rw-]; "
            + "read.first: done, reads 0x0004 [first Normal-WB rw-]",
        TestName = "A page that may be taken has what it had, or zeroes, until it is mapped again"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,madv-free.first by=file",
        "write.first: done [first Normal-WB rw-]; madv-free.first: EINVAL [first Normal-WB rw-]",
        TestName = "A private file mapping is not anonymous"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,write.last,madv-free.first,pageout,read.first,write.first,madv-free.last,read.last restored",
        "write.first: done [first Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "madv-free.first: done [last Normal-WB rw-]; pageout: done; "
            + "read.first: done, reads 0x0000 [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]; "
            + "madv-free.last: done [first Normal-WB rw-]; "
            + "read.last: done, reads 0x0000 [first Normal-WB rw-, last Normal-WB r--]",
        TestName = "A page that may be taken is taken where it would be in swap"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,madv-free restored",
        "write.first: done [first Normal-WB rw-]; madv-free: EINVAL [first Normal-WB rw-]",
        TestName = "Only private anonymous memory may be taken"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,write.last,hwpoison.first,read.first,write.first,read.last,dontneed.first,read.first restored",
        "write.first: done [first Normal-WB rw-]; "
            + "write.last: done [first Normal-WB rw-, last Normal-WB rw-]; "
            + "hwpoison.first: done [last Normal-WB rw-]; "
            + "read.first: KVM_RUN fails with EHWPOISON [last Normal-WB rw-]; "
            + "write.first: KVM_RUN fails with EHWPOISON [last Normal-WB rw-]; "
            + "read.last: done, reads 0x0002 [last Normal-WB rw-]; "
            + "dontneed.first: done [last Normal-WB rw-]; "
            + "read.first: done, reads 0x0000 [first Normal-WB r--, last Normal-WB rw-]",
        TestName = "A page whose memory fails is a SIGBUS until another is in its place"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=ro do=read.first,hwpoison.first,write.first,read.first,dontneed.first,read.first",
        "read.first: done, reads 0x0000 [first Normal-WB r--]; hwpoison.first: done; "
            + "write.first: KVM_EXIT_MMIO; read.first: KVM_RUN fails with EHWPOISON; "
            + "dontneed.first: done; read.first: KVM_RUN fails with EHWPOISON",
        TestName = "A shared page whose memory fails stays in its file"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,read.alias-first,migrate.first,read.alias-first,fork,migrate.first,read.first restored second=alias",
        "write.first: done [first Normal-WB rw-]; "
            + "read.alias-first: done, reads 0x0001 [first Normal-WB rw-, alias-first Normal-WB rw-]; "
            + "migrate.first: done; "
            + "read.alias-first: done, reads 0x0001 [alias-first Normal-WB rw-]; "
            + "fork: done; migrate.first: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB r--]",
        TestName = "A page that moves is unmapped in both slots and keeps what it has"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=write.first,ksm.first,read.first,write.first,ksm.first,write.first restored",
        "write.first: done [first Normal-WB rw-]; ksm.first: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB r--]; "
            + "write.first: done [first Normal-WB rw-]; ksm.first: done; "
            + "write.first: done [first Normal-WB rw-]",
        TestName = "A page that KSM merges is read-only until somebody stores"
    )]
    [TestCase(
        "anonymous:shared vma=rw slot=none do=write.first,uffd-minor,dontneed,read.first,read.next",
        "write.first: done [first Normal-WB rw-]; uffd-minor: done [first Normal-WB rw-]; dontneed: done; "
            + "read.first: done, reads 0x0001 [first Normal-WB rw-]; "
            + "read.next: done, reads 0x0000 [first Normal-WB rw-, next Normal-WB rw-]",
        TestName = "A page that its file has is mapped when it is reached"
    )]
    public void It_is_as_the_sources_say(string key, string expected)
    {
        // Up to 6.9 the page that mlock(2) made is mapped at once: the rule store-copies.
        foreach (
            var policy in Mainline.All.Where(p =>
                !key.Contains("mlock", StringComparison.Ordinal) || p.Rule("store-copies").Source.Since != "6.1"
            )
        )
        {
            var prediction = policy.Predict(Neither, (ProgramCase)AllCases.WithKey(key)!, null);
            Assert.That(prediction.Outcome.ToString(), Is.EqualTo($"registered; {expected}"), policy.Name);
        }
    }

    [TestCase("6.9", "r--", "swapped-page-read-only")]
    [TestCase("6.10", "rw-", "swapped-page-returns")]
    [TestCase("7.3", "rw-", "swapped-page-returns")]
    public void A_private_page_comes_back_from_swap_writable_from_6_11_on(string version, string rights, string last)
    {
        var policy = Mainline.All.Single(p => p.Name == "mainline-" + version);
        var c = (ProgramCase)
            AllCases.WithKey(
                "anonymous:private vma=rw slot=none do=write.first,pageout,read.first,store,write.first,read.first restored"
            )!;
        var prediction = policy.Predict(Neither, c, null);
        Assert.That(
            prediction.Outcome.ToString(),
            Is.EqualTo(
                "registered; write.first: done [first Normal-WB rw-]; pageout: done; "
                    + $"read.first: done, reads 0x0001 [first Normal-WB {rights}]; store: done [first Normal-WB {rights}]; "
                    + "write.first: done [first Normal-WB rw-]; read.first: done, reads 0x0005 [first Normal-WB rw-]"
            )
        );
        Assert.That(prediction.Program[2].Path[^1].Name, Is.EqualTo(last));
    }

    [TestCase("anonymous:private vma=rw slot=none do=pageout restored by=thp", TestName = "Swap of huge pages")]
    [TestCase("anonymous:private vma=rw slot=none do=fork,pageout restored", TestName = "Swap of a child's pages")]
    [TestCase("anonymous:private vma=rw slot=none do=pageout,fork restored", TestName = "A fork of pages in swap")]
    [TestCase("anonymous:private vma=r slot=none do=pageout", TestName = "Swap of what can't be stored to")]
    [TestCase("anonymous:private vma=rw slot=none do=madv-free size=block by=thp", TestName = "Half a huge page")]
    [TestCase("anonymous:private vma=rw slot=none do=hwpoison restored", TestName = "All memory that fails")]
    [TestCase("anonymous:private vma=rw slot=none do=hwpoison.first", TestName = "No page that could fail")]
    [TestCase("anonymous:private vma=rw slot=none do=hwpoison.first,store restored", TestName = "The process's SIGBUS")]
    [TestCase("anonymous:private vma=rw slot=none do=hwpoison.first,fork restored", TestName = "A child's SIGBUS")]
    [TestCase("anonymous:shared vma=rw slot=none do=ksm.first restored", TestName = "Shared pages are not merged")]
    [TestCase("anonymous:private vma=rw slot=none do=fork,ksm.first restored", TestName = "A child has it, too")]
    [TestCase("anonymous:private vma=rw slot=none do=ksm.first,dontneed restored", TestName = "It may be merged again")]
    [TestCase("anonymous:private vma=rw slot=none do=migrate.first", TestName = "The zero page, which doesn't move")]
    [TestCase("anonymous:private vma=rw slot=none do=migrate restored", TestName = "All memory that moves")]
    [TestCase("anonymous:shared vma=rw slot=none do=uffd-missing,migrate.first", TestName = "Moved and watched")]
    [TestCase("anonymous:shared vma=rw slot=none do=truncate restored", TestName = "Anonymous memory has no file")]
    [TestCase("anonymous:shared vma=rw slot=none do=extend restored by=memfd", TestName = "A file that is whole")]
    [TestCase("anonymous:shared vma=rw slot=none do=truncate,truncate by=memfd", TestName = "A file that is empty")]
    [TestCase("anonymous:shared vma=rw slot=none do=truncate,store by=memfd", TestName = "A store that would kill")]
    [TestCase("anonymous:shared vma=rw slot=none do=truncate,mlock by=memfd", TestName = "No page to lock")]
    [TestCase("anonymous:private vma=rw slot=none do=fork,fork restored", TestName = "Two forks")]
    [TestCase("anonymous:private vma=rw slot=none do=fork size=block by=thp", TestName = "A fork of huge pages")]
    [TestCase("anonymous:private vma=rw slot=none do=munmap,dontneed restored", TestName = "Memory that is gone")]
    [TestCase("anonymous:private vma=rw slot=none do=split-huge restored", TestName = "No huge page to split")]
    [TestCase(
        "anonymous:private vma=rw slot=none do=collapse size=block by=no-thp",
        TestName = "None that was asked for"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=dontneed.first,split-huge size=block by=thp",
        TestName = "None that is whole"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none do=mprotect-read,collapse size=block by=thp",
        TestName = "None that may be stored to"
    )]
    [TestCase("anonymous:shared vma=rw slot=none do=dontneed.next size=block by=hugetlb", TestName = "Half a page")]
    [TestCase("pfnmap:known:wb:shared vma=rw slot=none do=dontneed", TestName = "A driver's memory")]
    [TestCase("anonymous:private vma=rw slot=none do=fork.first", TestName = "A fork of a page")]
    [TestCase("anonymous:private vma=rw slot=none do=uffd-wp,uffd-missing", TestName = "Watched already")]
    [TestCase("anonymous:private vma=rw slot=none do=uffd-missing,mlock", TestName = "Watched, not locked")]
    [TestCase("anonymous:private vma=rw slot=none do=uffd-minor", TestName = "Private memory has no minor faults")]
    [TestCase("anonymous:shared vma=rw slot=none do=uffd-wp", TestName = "Shared memory that is protected")]
    [TestCase("anonymous:private vma=r slot=none do=uffd-wp", TestName = "What can't be stored to anyway")]
    [TestCase("anonymous:shared vma=rw slot=none do=uffd-missing by=file", TestName = "A file system's own pages")]
    public void What_can_t_be_asked_is_no_step(string key) => Assert.That(AllCases.WithKey(key), Is.Null);

    [Test]
    public void Every_step_is_read_as_it_is_written()
    {
        foreach (var step in HostStep.All)
            Assert.That(ProgramText.Parse(step.ToString(), _ => null), Is.EqualTo(step));
        Assert.That(HostStep.All.Select(s => s.Act).Distinct(), Is.EquivalentTo(Enum.GetValues<HostAct>()));
        Assert.That(
            HostStep.All.Select(ProgramText.Phrase),
            Is.Unique.And.None.Contains("{")
                .And.Some.Contains("MADV_DONTNEED")
                .And.Some.EndsWith("the slot's last page")
        );
    }

    /// <summary>Every rule is on the path of a listed program.</summary>
    [Test]
    public void The_listed_programs_take_every_rule()
    {
        var taken = AllCases
            .Cases.OfType<ProgramCase>()
            .SelectMany(c =>
                new[] { Mainline.V6_1, Mainline.V7_2_10 }.SelectMany(p => p.Predict(Both, c, null).Program)
            )
            .SelectMany(s => s.Path)
            .ToHashSet();
        Assert.That(HostRules.All.Where(r => !taken.Contains(r)).Select(r => r.Name), Is.Empty);
    }

    [TestCase("dontneed.first", "host-discards")]
    [TestCase("fork", "fork-shares-pages")]
    [TestCase("pageout.first", "host-pages-out")]
    [TestCase("madv-free", "host-frees")]
    [TestCase("hwpoison.first", "host-poisons")]
    [TestCase("migrate.first", "host-migrates")]
    [TestCase("ksm.first", "host-merges")]
    [TestCase("mprotect-none", "host-unmaps")]
    public void A_leaf_that_stays_contradicts_what_unmaps_it(string step, string rule)
    {
        var (c, seen) = Observed($"anonymous:private vma=rw slot=none do=write.first,{step} restored");
        seen[1] = seen[1] with { Left = seen[0].Left };
        Assert.That(ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name, Is.EqualTo(rule));
    }

    [TestCase("private", "dontneed", "discarded-private-gone")]
    [TestCase("shared", "dontneed", "discarded-shared-kept")]
    [TestCase("private", "fork", "fork-shares-pages")]
    [TestCase("private", "madv-free", "freed-page-may-stay")]
    public void Another_word_contradicts_what_became_of_the_page(string sharing, string step, string rule)
    {
        var (c, seen) = Observed($"anonymous:{sharing} vma=rw slot=none do=write.first,{step},read.first restored");
        seen[2] = seen[2] with { Word = 0x7777 };
        Assert.That(ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name, Is.EqualTo(rule));
    }

    [Test]
    public void An_error_contradicts_the_rule_of_the_step()
    {
        var (c, seen) = Observed("anonymous:private vma=rw slot=none do=write.first,mlock,dontneed");
        seen[2] = seen[2] with { Errno = Errno.None };
        Assert.That(
            ProgramContradiction.Find(Mainline.V7_2_10, Both, c, Errno.None, seen).Name,
            Is.EqualTo("discard-locked")
        );
    }

    [TestCase("anonymous:private vma=rw slot=none do=write.first,dontneed.first,read.first restored")]
    [TestCase("anonymous:shared vma=rw slot=none do=write.first,punch-file,read.first restored by=memfd")]
    [TestCase("anonymous:private vma=rw slot=none do=read.first,truncate,extend,read.first restored by=memfd")]
    [TestCase("gmem:mmap+init-shared vma=rw slot=none do=write.first,punch,read.first")]
    [TestCase("anonymous:private vma=rw slot=none do=write.first,hwpoison.first,dontneed.first,read.first restored")]
    public void A_page_that_is_still_there_breaks_the_property(string key)
    {
        var (c, seen) = Observed(key);
        Assert.That(Broken(c, seen), Is.False);
        var kept = seen.ToArray();
        kept[1] = kept[1] with { Left = seen[0].Left };
        Assert.That(Broken(c, kept), Is.True, "the leaf");
        var read = seen.ToArray();
        read[^1] = read[^1] with { Word = seen[0].Step.StartsWith("read") ? seen[0].Word : ProgramCase.Word(0) };
        Assert.That(Broken(c, read), Is.True, "the content");
    }

    [TestCase("anonymous:shared vma=rw slot=none do=write.first,dontneed,read.first restored")]
    [TestCase("anonymous:private vma=rw slot=none do=write.first,punch-file,read.first restored by=memfd")]
    [TestCase("anonymous:private vma=rw slot=none do=write.first,dontneed.next,read.first restored")]
    public void A_page_that_is_still_there_by_right_doesn_t(string key)
    {
        var (c, seen) = Observed(key);
        Assert.That(seen[^1].Word, Is.EqualTo(1));
        Assert.That(Broken(c, seen), Is.False);
    }

    [Test]
    public void No_policy_predicts_that_a_page_is_kept()
    {
        foreach (var policy in Mainline.All)
        foreach (var c in AllCases.Cases.OfType<ProgramCase>())
            Assert.That(
                Broken(c, [.. policy.Predict(Both, c, null).Program.Select(s => s.Part)]),
                Is.False,
                $"{policy}: {c.Key}"
            );
    }

    private static bool Broken(ProgramCase c, IReadOnlyList<ProgramPart> seen) =>
        ObservedSafety.Violated(c, Both, seen).Contains(SafetyProperties.NoPageKept);

    /// <summary>A program, and its steps as 7.2 has them.</summary>
    private static (ProgramCase Program, ProgramPart[] Seen) Observed(string key)
    {
        var c = (ProgramCase)AllCases.WithKey(key)!;
        return (c, [.. Mainline.V7_2_10.Predict(Both, c, null).Program.Select(s => s.Part)]);
    }
}
