using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>Results of set-ups with several calls, and the size of mappings.</summary>
public class ObservationReaderTests
{
    private const int Einval = 22;
    private static readonly ObservationReader Reader = new(
        new Decoding(Fwb: true, new ProtBits(Execute: 1, Write: 2, Device: 8, NonCacheable: 0x10))
    );
    private static readonly AccessCase Bound = Case(
        new Backing(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false)
        {
            GuestMemory = GuestMemoryFlags.Mmap,
            Bound = true,
        }
    );

    private static readonly AccessCase Block = Seen.Grace() with { Extent = Extent.Block };

    private static AccessCase Case(Backing backing) => new(backing, true, SlotFlags.None, new AccessList(Access.Read));

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void The_first_call_that_fails_is_what_setting_the_slot_up_returned(int calls)
    {
        StepResult[] setUp = [new GuestMemoryResult(), new MemslotResult(), new MemslotResult()];
        StepResult[] steps = [new VmResult(), .. setUp.Take(calls - 1), setUp[calls - 1] with { Errno = Einval }];
        var seen = Reader.Read(Bound, Seen.Completed(Bound, steps));

        Assert.That(seen.Registration, Is.EqualTo(Errno.EINVAL));
        Assert.That(seen.Accesses, Is.Empty);
    }

    [Test]
    public void A_set_up_that_goes_through_is_followed_by_the_accesses()
    {
        var seen = Reader.Read(
            Bound,
            Seen.Completed(
                Bound,
                new VmResult(),
                new GuestMemoryResult(),
                new MemslotResult(),
                new MemslotResult(),
                new MemslotResult(),
                Seen.Report(0x100),
                Seen.Descriptor(Seen.NormalRwFwb),
                Seen.Registers(0, 0)
            )
        );

        Assert.That((seen.Registration, seen.Accesses[0].Outcome.Kind), Is.EqualTo((Errno.None, OutcomeKind.Mapped)));
    }

    [Test]
    public void A_program_that_ended_within_its_set_up_without_an_errno_is_unreadable() =>
        Assert.That(
            () =>
                Reader.Read(
                    Bound,
                    Seen.Whole(Bound, new OpenResult(), new VmResult(), new GuestMemoryResult(), new MemslotResult())
                ),
            Throws
                .InstanceOf<UnreadableObservationException>()
                .With.Message.Contains("ends within the memslot's set-up, before step 4")
        );

    [Test]
    public void An_observation_of_another_program_is_refused() =>
        Assert.That(
            () => Reader.Read(Block, Seen.Whole(Block, [.. Seen.ReadMapped(Block, Seen.NormalRwFwb).Steps.Skip(1)])),
            Throws.InstanceOf<ProtocolException>()
        );

    [Test]
    public void A_VM_that_gets_no_tags_ends_the_case_before_its_slot()
    {
        var tagged = Seen.Grace() with { Mte = true };
        Assert.That(
            Reader
                .Read(tagged, Seen.Completed(tagged, new VmResult(), new EnableCapabilityResult { Errno = Einval }))
                .Registration,
            Is.EqualTo(Errno.EINVAL)
        );
        Assert.That(
            Reader
                .Read(
                    tagged,
                    Seen.Completed(
                        tagged,
                        new VmResult(),
                        new EnableCapabilityResult(),
                        new MemslotResult { Errno = 14 }
                    )
                )
                .Registration,
            Is.EqualTo(Errno.EFAULT)
        );
    }

    [TestCase(0x6e65_7874ul, VerdictKind.Match, VerdictKind.Mismatch)]
    [TestCase(0ul, VerdictKind.Mismatch, VerdictKind.Match)]
    public void A_word_that_the_process_did_not_store_is_other_memory(ulong word, VerdictKind newer, VerdictKind older)
    {
        var c = AllCases.Find(
            "pfnmap:known:wb:shared vma=rw slot=none read,read-next size=block by=exporter-scattered"
        )!;
        Observation Of(int level) =>
            Seen.Completed(
                c,
                new MemslotResult(),
                Seen.Report(0x100),
                Seen.Descriptor(Seen.NormalRwxFwb, level: level),
                Seen.Registers(0, 0),
                Seen.Report(0x101),
                Seen.Descriptor(Seen.NormalRwxFwb, level: level),
                Seen.Registers(0, 0, x17: word)
            );
        Judge By(Policy policy) =>
            new(
                policy,
                new Facts.HostProfile(
                    "7.2.0",
                    new HostFacts(true, true),
                    new ProbeAbilities(true, true, true),
                    new Decoding(true, null)
                )
            );

        Assert.That(By(Mainline.V7_3).Decide(c, Of(level: 3)).Kind, Is.EqualTo(newer));
        Assert.That(By(Mainline.V7_1).Decide(c, Of(level: 2)).Kind, Is.EqualTo(older));
        Assert.That(
            By(Mainline.V7_1)
                .Decide(c, Of(level: 2))
                .Observed!.ToString()
                .Contains("not behind its address", StringComparison.Ordinal),
            Is.EqualTo(word == 0)
        );
    }

    [TestCase(3, false)]
    [TestCase(2, true)]
    public void The_level_of_the_descriptor_is_the_size_of_the_leaf(int level, bool block) =>
        Assert.That(
            Mapped(Seen.Descriptor(Seen.NormalRwFwb, level: level)).Outcome,
            Is.EqualTo(Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, true, false, block)))
        );

    [TestCase(1)]
    [TestCase(0)]
    public void A_leaf_larger_than_the_slot_is_nothing_that_a_policy_foresees(int level) =>
        Assert.That(
            Mapped(Seen.Descriptor(Seen.NormalRwFwb, level: level)).Outcome.Kind,
            Is.EqualTo(OutcomeKind.Unforeseen)
        );

    [TestCase(0x1000ul, false)]
    [TestCase(0x20_0000ul, true)]
    public void Without_a_descriptor_the_traced_size_is_that_of_the_leaf(ulong size, bool block)
    {
        var access = Mapped(Seen.Trace(size, ("kvm_pgtable_stage2_map", 2)));

        Assert.That(
            access.Outcome,
            Is.EqualTo(Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, true, false, block)))
        );
        Assert.That(access.LeafFrom, Is.EqualTo(Evidence.Trace));
    }

    [TestCase(0x1_0000ul)]
    [TestCase(0x4000_0000ul)]
    public void A_traced_size_of_neither_a_page_nor_a_block_is_nothing_that_a_policy_foresees(ulong size) =>
        Assert.That(
            Mapped(Seen.Trace(size, ("kvm_pgtable_stage2_map", 2))).Outcome.Kind,
            Is.EqualTo(OutcomeKind.Unforeseen)
        );

    [Test]
    public void A_traced_size_of_two_pages_is_nothing_that_a_policy_foresees_whatever_the_leaf_of_the_first_is() =>
        Assert.That(
            Mapped(Seen.Trace(0x2000, ("kvm_pgtable_stage2_map", 2)), Seen.Descriptor(Seen.NormalRwFwb)).Outcome,
            Is.EqualTo(Outcome.Unforeseen("a mapping of 0x2000 bytes was requested"))
        );

    [Test]
    public void A_block_that_was_requested_and_became_pages_is_pages() =>
        Assert.That(
            Mapped(
                Seen.Trace(0x20_0000, ("kvm_pgtable_stage2_map", 2)),
                Seen.Descriptor(Seen.NormalRwFwb)
            ).Outcome.Leaf.Block,
            Is.False
        );

    [Test]
    public void A_page_that_was_requested_and_became_a_block_is_a_block_and_what_was_requested_is_kept()
    {
        var access = Mapped(
            Seen.Trace(0x1000, ("kvm_pgtable_stage2_map", 2)),
            Seen.Descriptor(Seen.NormalRwFwb, level: 2)
        );

        Assert.That(access.Outcome.Leaf.Block, Is.True);
        Assert.That(access.Requested, Is.EqualTo(access.Outcome.Leaf with { Block = false }));
    }

    [Test]
    public void A_mapping_beyond_the_slot_is_not_the_slots()
    {
        var page = Block with { Extent = Extent.Page };
        var trace = new TraceResult(
            true,
            null,
            [
                new TraceEvent(
                    "kvm_pgtable_stage2_map",
                    Cases.CaseLayout.TestAddress + Cases.CaseSizes.Usual.Small,
                    4096,
                    Prot: 2
                ),
            ]
        );

        Assert.That(Read(page, trace).LeafFrom, Is.Null);
        Assert.That(Read(Block, trace).LeafFrom, Is.EqualTo(Evidence.Trace));
    }

    [Test]
    public void A_load_exclusive_that_the_CPU_refuses_is_a_data_abort_of_the_guest()
    {
        var c = Seen.Grace(Access.Exclusive);
        var seen = Reader.Read(
            c,
            Seen.Completed(c, new MemslotResult(), Seen.Report(0x200), Seen.Registers(0x9600_0035, 0x10_0800))
        );

        Assert.That(seen.Accesses[0].Outcome, Is.EqualTo(Outcome.GuestDataAbort));
    }

    private static ObservedAccess Mapped(params StepResult[] evidence) => Read(Block, evidence);

    private static ObservedAccess Read(Case c, params StepResult[] evidence) =>
        Reader
            .Read(c, Seen.Completed(c, [new MemslotResult(), Seen.Report(0x100), .. evidence, Seen.Registers(0, 0)]))
            .Accesses[0];
}
