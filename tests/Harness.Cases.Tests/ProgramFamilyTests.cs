using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public class ProgramFamilyTests
{
    private static readonly ProbeAbilities Host = new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true);

    private static ProgramCase[] Listed => [.. AllCases.Cases.OfType<ProgramCase>()];

    [Test]
    public void Every_listed_program_is_found_by_its_key_and_its_id()
    {
        Assert.That(Listed, Has.Length.GreaterThan(100));
        foreach (var c in Listed)
        {
            Assert.That(AllCases.WithKey(c.Key), Is.EqualTo(c));
            Assert.That(AllCases.Find(c.Id), Is.EqualTo(c), c.Key);
            Assert.That(AllCases.FamilyOf(c), Is.EqualTo("program"));
        }
    }

    [Test]
    public void They_access_each_page_of_slots_of_each_size_and_read_the_log()
    {
        var steps = Listed.SelectMany(c => c.Steps.Span.ToArray()).ToList();
        Assert.That(
            steps.OfType<SlotAccess>().Select(a => a.Page).Distinct(),
            Is.EquivalentTo(Enum.GetValues<SlotPage>())
        );
        Assert.That(steps.OfType<DirtyLogRead>().Count(), Is.GreaterThan(50));
        Assert.That(
            Listed.Select(c => c.Setting.Extent).Distinct(),
            Is.EquivalentTo(Enum.GetValues<Extent>().Except([Extent.Misaligned]))
        );
    }

    /// <summary>A program that exploration makes is not listed, and its key is enough to run it again.</summary>
    [Test]
    public void A_program_that_is_not_listed_is_found_by_its_key()
    {
        const string key = "mixedmap:known:wb:shared vma=rw slot=ro+log do=exec.last,ldp.next,munmap restored";
        Assert.That(Listed.Select(c => c.Key), Does.Not.Contain(key));
        Assert.That(AllCases.WithKey(key)?.Key, Is.EqualTo(key));
    }

    [TestCase("anonymous:shared vma=rw slot=none do=read.middle")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first,")]
    [TestCase("anonymous:shared vma=rw slot=none do=")]
    [TestCase("anonymous:shared vma=rw slot=none restored")]
    [TestCase("anonymous:shared vma=rw slot=none restored do=read.first")]
    [TestCase("anonymous:shared vma=rw slot=none do=delete,delete")]
    [TestCase("anonymous:shared vma=rw slot=none do=map(nothing),read.first")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first@0")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first@2")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first@1@1")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first,munmap@1")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.alias-first")]
    [TestCase("anonymous:shared vma=rw slot=none do=alias-delete")]
    [TestCase("anonymous:shared vma=rw slot=none do=alias-munmap second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=alias-read.first second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=alias-alias-delete second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=alias-delete,alias-log-on second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first size=odd by=hugetlb second=alias")]
    [TestCase("gmem:mmap vma=rw slot=none do=read.first second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=munmap+read.first")]
    [TestCase("anonymous:shared vma=rw slot=none do=recreate+read.first second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=recreate+exec.alias-first second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=alias-recreate+read.alias-first second=alias")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first+write.first@1")]
    [TestCase("anonymous:shared vma=rw slot=none do=read.first+munmap")]
    [TestCase("anonymous:shared vma=rw slot=log do=write.first+write.first restored ring=bitmap")]
    public void What_is_no_program_is_not_found(string key) => Assert.That(AllCases.WithKey(key), Is.Null);

    [Test]
    public void Every_entry_of_the_guest_begins_with_the_instruction_that_an_exit_may_skip()
    {
        GuestEntry[] kinds =
        [
            new(GuestAccess.Read),
            new(GuestAccess.Write, GuestManner.Together),
            new(GuestAccess.Execute),
            new(GuestAccess.StoreVector, GuestManner.Repeated),
        ];
        var guest = GuestProgram.ForEntries(kinds, out var entries);

        Assert.That(entries, Has.Count.EqualTo(kinds.Length));
        Assert.That(entries.Select(e => guest.Words[(int)e / 4]), Is.All.EqualTo(A64.Nop()));
        Assert.That(entries, Is.Ordered.And.Unique);
        Assert.That((ulong)guest.Words.Count * 4, Is.LessThan(CaseLayout.CodeSize));
    }

    [Test]
    public void Each_step_is_followed_by_the_leaves_of_all_pages()
    {
        foreach (var c in Listed)
        {
            var compiled = CaseCompiler.Compile(c, Host);
            var steps = compiled.Program.Steps;
            Assert.That(compiled.Steps, Has.Count.EqualTo(c.Steps.Count), c.Key);
            foreach (var step in compiled.Steps)
                Assert.That(
                    step.Descriptors.Select(d => ((Stage2Step)steps[d.Index]).Ipa),
                    Is.EqualTo(SlotPages.Of(c).Select(p => Host.Sizes.PageAddress(c.Setting.Extent, p))),
                    c.Key
                );
            // A slot is changed with the flags that it has by then.
            var flags = steps.OfType<MemslotStep>().Where(s => s.Slot == CaseLayout.TestSlot).Select(s => s.Flags & 1);
            if (c.Steps.Span.ToArray().Any(s => s.ToString() == "log-off"))
                Assert.That(flags, Does.Contain(0u).And.Contains(1u), c.Key);
        }
    }

    [TestCase("read.first,write.last", "0", "vcpu vcpu")]
    [TestCase("read.first@1", "0 1", "vcpu-1")]
    [TestCase("read.first,write.first@1,dirty-log,exec.first", "0 1", "vcpu vcpu-1 vcpu")]
    [TestCase("munmap", "", "")]
    public void A_step_runs_on_its_vCPU_and_a_VM_has_no_more_than_are_used(string steps, string ids, string runs)
    {
        var c = AllCases.WithKey($"anonymous:shared vma=rw slot=log do={steps}")!;
        var made = CaseCompiler.Compile(c, Host).Program.Steps;
        Assert.That(string.Join(' ', made.OfType<VcpuStep>().Select(s => s.Id)), Is.EqualTo(ids));
        Assert.That(string.Join(' ', made.OfType<RunStep>().Select(s => s.Vcpu)), Is.EqualTo(runs));
    }

    [Test]
    public void A_second_slot_has_the_first_one_s_memory_and_a_number_and_addresses_of_its_own()
    {
        var c = AllCases.WithKey(
            "anonymous:shared vma=rw slot=log do=read.alias-last,alias-dirty-log,alias-log-off,alias-move size=block restored by=hugetlb second=alias-log"
        )!;
        var steps = CaseCompiler.Compile(c, Host).Program.Steps;
        MemslotStep[] slots = [.. steps.OfType<MemslotStep>().Where(s => s.Slot != CaseLayout.CodeSlot)];
        Assert.That(
            slots.Select(s => (s.Slot, s.Gpa, s.Size, s.Offset, s.Flags)),
            Is.EqualTo(
                new[]
                {
                    (CaseLayout.TestSlot, CaseLayout.TestAddress, 2ul << 20, 0ul, 1u),
                    (CaseLayout.AliasSlot, CaseLayout.AliasAddress, 2ul << 20, 0ul, 1u),
                    (CaseLayout.AliasSlot, CaseLayout.AliasAddress, 2ul << 20, 0ul, 0u),
                    (CaseLayout.AliasSlot, CaseLayout.MovedAliasAddress, 2ul << 20, 0ul, 0u),
                }
            )
        );
        Assert.That(steps.OfType<DirtyLogStep>().Select(s => s.Slot), Is.EqualTo(new[] { CaseLayout.AliasSlot }));
        Assert.That(
            steps.OfType<SetRegistersStep>().Last().Registers[GuestRegister.X1],
            Is.EqualTo(CaseLayout.AliasAddress + (2 << 20) - Host.PageSize)
        );
    }

    [Test]
    public void Two_accesses_at_the_same_time_begin_where_both_vCPUs_are_ready()
    {
        var c = AllCases.WithKey("anonymous:shared vma=rw slot=none do=read.last,write.first+read.last")!;
        var compiled = CaseCompiler.Compile(c, Host with { Trace = false });
        var steps = compiled.Program.Steps.Skip(compiled.Steps[0].Descriptors[^1].Index + 1).ToList();
        Assert.That(
            steps.Take(7).Select(s => s.Op),
            Is.EqualTo(
                new[] { "set-registers", "set-registers", "launch", "run", "get-registers", "run", "get-registers" }
            )
        );
        SetRegistersStep[] set = [.. steps.OfType<SetRegistersStep>()];
        Assert.That(set.Select(s => s.Vcpu), Is.EqualTo(new[] { "vcpu", "vcpu-1" }));
        Assert.That(set[0].Registers[GuestRegister.X19], Is.EqualTo(set[1].Registers[GuestRegister.X20]));
        Assert.That(set[0].Registers[GuestRegister.X20], Is.EqualTo(set[1].Registers[GuestRegister.X19]));
        Assert.That(set.Select(s => s.Registers[GuestRegister.X21]), Is.All.EqualTo(2), "the number of the step");
        Assert.That(steps.OfType<RunStep>().Select(s => s.Vcpu), Is.EqualTo(new[] { "vcpu", "vcpu-1" }));
        // They meet in the guest's slot, behind its code.
        var code = compiled.Program.Steps.OfType<WordsStep>().First(s => s.Words.Count > 2);
        ulong meeting = set[0].Registers[GuestRegister.X19] - CaseLayout.CodeAddress;
        Assert.That(meeting, Is.GreaterThan((ulong)code.Words.Count * 4).And.LessThan(CaseLayout.CodeSize));
    }

    [Test]
    public void A_vCPU_repeats_its_access_while_the_other_slot_changes()
    {
        var c = AllCases.WithKey(
            "anonymous:shared vma=rw slot=none do=recreate+write.alias-first restored second=alias"
        )!;
        var steps = CaseCompiler.Compile(c, Host with { Trace = false }).Program.Steps.ToList();
        int start = steps.FindIndex(s => s is StartRunStep { Vcpu: "vcpu-1" });
        Assert.That(
            steps.Skip(start).Take(4).Select(s => s.Op),
            Is.EqualTo(new[] { "start-run", "memslot", "memslot", "run" })
        );
        Assert.That(
            ((SetRegistersStep)steps[start - 1]).Registers[GuestRegister.X5],
            Is.EqualTo(1),
            "it goes on until that is zero"
        );
    }

    [Test]
    public void Each_way_of_an_access_is_an_entry_of_its_own()
    {
        GuestEntry[] entries =
        [
            new(GuestAccess.Write),
            new(GuestAccess.Write, GuestManner.Together),
            new(GuestAccess.Write, GuestManner.Repeated),
        ];
        var guest = GuestProgram.ForEntries(entries, out var offsets);
        uint store = A64.Store32(Register.X(2), Register.X(1));
        Assert.That(
            offsets
                .Zip([.. offsets.Skip(1), (ulong)guest.Words.Count * 4])
                .Select(part => guest.Words.Skip((int)part.First / 4).Take((int)(part.Second - part.First) / 4))
                .Select(words => words.Count(word => word == store)),
            Is.EqualTo(new[] { 1, 1, 2 })
        );
    }

    [TestCase("protect=manual", "168:1")]
    [TestCase("protect=initially-set split=page ring=bitmap", "168:3 223:4096 225:0 228:4096")]
    [TestCase("split=unsupported", "228:1048576")]
    [TestCase("ring=twice", "223:4096 223:4096")]
    [TestCase("split=late", "228:2097152")]
    [TestCase("ring=late", "223:4096")]
    public void What_the_VM_enables_comes_before_its_slot_unless_it_is_late(string vm, string enabled)
    {
        var c = AllCases.WithKey($"anonymous:shared vma=rw slot=log do=read.first restored {vm}")!;
        var compiled = CaseCompiler.Compile(c, Host);
        var steps = compiled.Program.Steps.ToList();
        EnableCapabilityStep[] calls = [.. steps.OfType<EnableCapabilityStep>()];
        Assert.That(string.Join(' ', calls.Select(s => $"{s.Capability}:{s.Argument}")), Is.EqualTo(enabled));
        Assert.That(compiled.SetUp.Select(h => steps[h.Index]), Is.SupersetOf(calls));
        int slot = steps.FindIndex(s => s is MemslotStep { Slot: CaseLayout.TestSlot });
        Assert.That(steps.IndexOf(calls[0]) > slot, Is.EqualTo(vm.EndsWith("late", StringComparison.Ordinal)));
    }

    [TestCase("clear-log", "size=block", "0+512")]
    [TestCase("clear-log-first", "size=block", "0+64 only 0")]
    [TestCase("clear-log-last", "size=block", "448+64 only 511")]
    [TestCase("clear-log-next", "", "0+16 only 1")]
    [TestCase("clear-log-unaligned", "", "1+15")]
    [TestCase("clear-log-part", "", "0+1")]
    [TestCase("clear-log-beyond", "", "0+80")]
    public void A_range_of_the_log_is_in_words_or_is_refused(string step, string size, string range)
    {
        string by = size == "" ? "" : " by=hugetlb";
        var c = AllCases.WithKey($"anonymous:shared vma=rw slot=log do={step}{(size == "" ? "" : " " + size)}{by}")!;
        var made = CaseCompiler.Compile(c, Host).Program.Steps.OfType<ClearLogStep>().Single();
        Assert.That($"{made.First}+{made.Pages}{(made.Only is { } only ? $" only {only}" : "")}", Is.EqualTo(range));
    }

    [Test]
    public void A_host_without_the_module_can_t_run_them_and_one_with_larger_pages_can()
    {
        var c = Listed[0];
        Assert.That(
            CaseCompiler.NotRunnableReason(c, Host with { Exporter = false }),
            Does.Contain("for the leaf of each page after each step")
        );
        Assert.That(CaseCompiler.NotRunnableReason(c, Host with { PageSize = 64 << 10 }), Is.Null);
        Assert.That(CaseCompiler.NotRunnableReason(c, Host), Is.Null);
    }
}
