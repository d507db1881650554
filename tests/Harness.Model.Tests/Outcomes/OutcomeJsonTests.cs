using System.Text.Json;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Migrations;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Model.Rings;
using Harness.Model.Tags;

namespace Harness.Model.Tests.Outcomes;

/// <summary>All wording of outcomes: each kind of outcome with its JSON and its sentence.</summary>
public sealed class OutcomeJsonTests
{
    private static readonly Leaf Page = new(MemoryType.NormalWriteBack, Write: true, Execute: true);
    private static readonly RegistrationPart Registered = new(Errno.None);

    private static readonly (CaseOutcome Outcome, string Json, string Text)[] Known =
    [
        (
            new PartsOutcome([new RegistrationPart(Errno.EINVAL)]),
            """[{"step":"registration","type":"refused","errno":"EINVAL"}]""",
            "registration refused with EINVAL"
        ),
        (
            new PartsOutcome([
                Registered,
                new AccessPart(Access.Read, Outcome.Mapped(Page, Unspecified.Writable | Unspecified.Size)),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"read","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3,"unspecified":["write","level"]}]""",
            "registered; read: mapped Normal-WB rwx (writable or not; page or block)"
        ),
        (
            new PartsOutcome([
                Registered,
                new AccessPart(Access.Write, Outcome.Mapped(default) with { Foreign = true }, LeafKnown: false),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"write","type":"mapped","foreign":true}]""",
            "registered; write: mapped, and reads memory that is not behind its address"
        ),
        (
            new PartsOutcome([Registered, new AccessPart(Access.Execute, Outcome.MemoryFault(Errno.EFAULT))]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"exec","type":"run-fails","errno":"EFAULT","memory_fault":true}]""",
            "registered; exec: KVM_RUN fails with EFAULT, KVM_EXIT_MEMORY_FAULT"
        ),
        (
            new PartsOutcome([
                Registered,
                new AccessPart(Access.Read, Outcome.MmioExit),
                new ChangePart("munmap", Errno.None, Outcome.Unmapped),
                new AccessPart(Access.Read, Outcome.Unforeseen("KVM exit reason 17")),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"read","type":"mmio-exit"},{"step":"change","of":"munmap","type":"unmapped"},{"step":"access","of":"read","type":"unforeseen","text":"KVM exit reason 17"}]""",
            "registered; read: KVM_EXIT_MMIO; munmap: not mapped; read: KVM exit reason 17"
        ),
        (
            new PartsOutcome([
                Registered,
                new AccessPart(Access.Read, Outcome.Mapped(Page with { Block = true })),
                new ChangePart("log-on", Errno.EINVAL, null),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"read","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":2},{"step":"change","of":"log-on","type":"refused","errno":"EINVAL"}]""",
            "registered; read: mapped Normal-WB rwx block; log-on: EINVAL"
        ),
        (
            new PartsOutcome([
                Registered,
                new AccessPart(
                    Access.Read,
                    Outcome.Mapped(Page),
                    Guest: new GuestPart(
                        GuestResult.AlignmentFault | GuestResult.RunFails,
                        GuestOperation.UnalignedLoad,
                        EffectiveType.DeviceNGnRE
                    )
                ),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"read","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3,"guest":{"operation":"unaligned-load","on":"Device-nGnRE","ends":["alignment-fault","run-fails"]}}]""",
            "registered; read: mapped Normal-WB rwx; guest: unaligned-load on Device-nGnRE: alignment fault, DFSC 0x21 or KVM_RUN fails with EFAULT"
        ),
        (
            new PartsOutcome([
                Registered,
                new AccessPart(
                    Access.Read,
                    Outcome.Mapped(Page),
                    Guest: new GuestPart(GuestResult.Works, Attribute: 0xff)
                ),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"access","of":"read","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3,"guest":{"ends":["works"],"attribute":255}}]""",
            "registered; read: mapped Normal-WB rwx; guest: PAR_EL1.ATTR 0xff"
        ),
        (
            new PartsOutcome([
                new OperationPart(Operation.Create, OperationOutcome.Done),
                new OperationPart(Operation.GuestLoad, OperationOutcome.Sees(Contents.Host)),
                new OperationPart(Operation.Load, OperationOutcome.Signalled(Signal.BusAddress)),
                new OperationPart(Operation.GuestLoad, OperationOutcome.AsksFor(true)),
                new OperationPart(Operation.GuestShare, OperationOutcome.HypercallFails(-3)),
                new OperationPart(Operation.Punch, OperationOutcome.Refused(Errno.EINVAL)),
                new OperationPart(Operation.Destroy, null),
                new LeftBehindPart("1 vms"),
            ]),
            """[{"step":"operation","of":"create","type":"done"},{"step":"operation","of":"guest-load","type":"done","sees":"host"},{"step":"operation","of":"load","type":"signalled","signal":"bus-address"},{"step":"operation","of":"guest-load","type":"memory-fault","errno":"EFAULT","private":true},{"step":"operation","of":"guest-share","type":"hypercall-fails","code":-3},{"step":"operation","of":"punch","type":"refused","errno":"EINVAL"},{"step":"operation","of":"destroy","type":"not-seen"},{"step":"left-behind","text":"1 vms"}]""",
            "create: done; guest-load: sees the host's word; load: SIGBUS, BUS_ADRERR; guest-load: KVM_EXIT_MEMORY_FAULT, EFAULT, private; "
                + "guest-share: the hypercall returns -3; punch: EINVAL; destroy: done, as far as can be seen; left behind: 1 vms"
        ),
        (
            new PartsOutcome([new CapabilityPart(OnVm: false, -22), new CapabilityPart(OnVm: true, 1)]),
            """[{"step":"capability","of":"system","code":-22},{"step":"capability","of":"vm","code":1}]""",
            "system: EINVAL; vm: 1"
        ),
        (
            new PartsOutcome([new SlotCallPart("create.2", Errno.None), new SlotCallPart("grow", Errno.EINVAL)]),
            """[{"step":"slot-call","of":"create.2","type":"done"},{"step":"slot-call","of":"grow","type":"refused","errno":"EINVAL"}]""",
            "create.2: done; grow: EINVAL"
        ),
        (
            new PartsOutcome([
                Registered,
                new CachePart("host-store", null, Errno.None, CacheWords.None),
                new CachePart("guest-load", Outcome.Mapped(Page), Errno.None, CacheWords.Old | CacheWords.New),
                new CachePart("guest-ldadd", Outcome.Mapped(default), Errno.None, CacheWords.Refused)
                {
                    LeafKnown = false,
                },
                new CachePart("guest-exec", Outcome.GuestInstructionAbort, Errno.None, CacheWords.None),
                new CachePart("recreate-slot", null, Errno.EINVAL, CacheWords.None),
            ]),
            """[{"step":"registration","type":"accepted"},{"step":"cache","of":"host-store","type":"done"},{"step":"cache","of":"guest-load","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3,"words":["old","new"]},{"step":"cache","of":"guest-ldadd","type":"mapped","words":["refused"]},{"step":"cache","of":"guest-exec","type":"instruction-abort"},{"step":"cache","of":"recreate-slot","type":"refused","errno":"EINVAL"}]""",
            "registered; host-store: done; guest-load: reads old or new [Normal-WB rwx]; guest-ldadd: refused by the CPU; guest-exec: external instruction abort in the guest; recreate-slot: EINVAL"
        ),
        (
            new PartsOutcome([
                new NestedPart("plain.r"),
                new NestedPart(
                    "read",
                    Value: 0x100,
                    Shadow: new ShadowLeaf(true, Read: true, Execute: true, Block: true)
                ),
                new NestedPart("write", Hypervisor: new HypervisorFault(0x24, 0x0f, 0), Shadow: ShadowLeaf.Absent),
                new NestedPart("exec", Fault: new GuestFault(0x21, 0x10, 4)),
                new NestedPart("write", Exit: new MmioRequest(0, true, 4, 0x5a5a)),
                new NestedPart("write", Errno.EFAULT),
                new NestedPart("read", Odd: "KVM exit reason 24"),
                new NestedPart("write")
                {
                    Or = new NestedPart("write", Hypervisor: new HypervisorFault(0x24, 0x07, 0)),
                },
            ]),
            """[{"step":"nested","of":"plain.r","type":"done","nested":{}},{"step":"nested","of":"read","type":"done","nested":{"value":"0x100","shadow":{"memory":"Normal-WB","read":true,"write":false,"execute":true,"level":2}}},{"step":"nested","of":"write","type":"data-abort","nested":{"class":36,"status":15,"fault_offset":0,"shadow":{}}},{"step":"nested","of":"exec","type":"instruction-abort","nested":{"class":33,"status":16,"fault_offset":4}},{"step":"nested","of":"write","type":"mmio-exit","nested":{"mmio_offset":0,"write":true,"length":4,"data":"0x5a5a"}},{"step":"nested","of":"write","type":"run-fails","nested":{"errno":"EFAULT"}},{"step":"nested","of":"read","type":"unforeseen","nested":{"odd":"KVM exit reason 24"}},{"step":"nested","of":"write","type":"done","nested":{"or":{"class":36,"status":7,"fault_offset":0}}}]""",
            "plain.r: done; read: reads 0x100 [shadow: Normal-WB r-x block]; write: data abort to the guest hypervisor, FSC 0x0f [shadow: not mapped]; exec: instruction abort in the nested guest, FSC 0x10, 4 bytes from the address; write: KVM_EXIT_MMIO for a store of 0x5a5a in 4 bytes, then done; write: EFAULT; read: KVM exit reason 24; write: done, or data abort to the guest hypervisor, FSC 0x07"
        ),
        (
            new PartsOutcome([
                new AbortPart("nisv-to-user"),
                new AbortPart("ldrsb.none.high", Exit: new MmioRequest(0, false, 1, 0), Value: 0xffff_ff88),
                new AbortPart("str-across.ro", Exit: new MmioRequest(2, true, 4, 0x5a5a_a5a5), Left: Outcome.Unmapped),
                new AbortPart("ldp.none", Errno.ENOSYS),
                new AbortPart("ldp.none.abort", NoSyndrome: 0, Fault: new GuestFault(0x25, 0x10, 0)),
                new AbortPart("exec.beyond-vm", Fault: new GuestFault(0x21, 0x10, -4)),
                new AbortPart("ldr.log", Value: 0, Left: Outcome.Mapped(Page)),
                new AbortPart("ldr.none", Odd: "KVM exit reason 24"),
            ]),
            """[{"step":"abort","of":"nisv-to-user","abort":{}},{"step":"abort","of":"ldrsb.none.high","abort":{"mmio_offset":0,"write":false,"length":1,"value":"0xffffff88"}},{"step":"abort","of":"str-across.ro","type":"unmapped","abort":{"mmio_offset":2,"write":true,"length":4,"data":"0x5a5aa5a5"}},{"step":"abort","of":"ldp.none","abort":{"errno":"ENOSYS"}},{"step":"abort","of":"ldp.none.abort","abort":{"nisv_offset":0,"class":37,"status":16,"fault_offset":0}},{"step":"abort","of":"exec.beyond-vm","abort":{"class":33,"status":16,"fault_offset":-4}},{"step":"abort","of":"ldr.log","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3,"abort":{"value":"0x0"}},{"step":"abort","of":"ldr.none","abort":{"odd":"KVM exit reason 24"}}]""",
            "nisv-to-user: done; ldrsb.none.high: KVM_EXIT_MMIO for a load of 1 byte, then reads 0xffffff88; str-across.ro: KVM_EXIT_MMIO for a store of 0x5a5aa5a5 in 4 bytes, 2 bytes from the address, then done [not mapped]; ldp.none: ENOSYS; ldp.none.abort: KVM_EXIT_ARM_NISV, then data abort in the guest, FSC 0x10; exec.beyond-vm: instruction abort in the guest, FSC 0x10, -4 bytes from the address; ldr.log: reads 0x0 [Normal-WB rwx]; ldr.none: KVM exit reason 24"
        ),
        (
            new PartsOutcome([
                new TagPart("enable"),
                new TagPart("from.plain.all", Pages: 2, One: PageTags.Of(5), Two: new PageTags(7, 0, 0)),
                new TagPart("to.plain", Pages: 1),
                new TagPart("to.ro", Errno.EFAULT),
                new TagPart("ldg.plain", Tag: 0),
                new TagPart("dirty-log.plain", Dirty: 2),
                new TagPart("stg.plain", Odd: "KVM exit reason 24"),
            ]),
            """[{"step":"tags","of":"enable","tags":{}},{"step":"tags","of":"from.plain.all","tags":{"pages":2,"one":[5,5,5],"two":[7,0,0]}},{"step":"tags","of":"to.plain","tags":{"pages":1}},{"step":"tags","of":"to.ro","tags":{"errno":"EFAULT"}},{"step":"tags","of":"ldg.plain","tags":{"tag":0}},{"step":"tags","of":"dirty-log.plain","tags":{"dirty":2}},{"step":"tags","of":"stg.plain","tags":{"odd":"KVM exit reason 24"}}]""",
            "enable: done; from.plain.all: 2 pages, tags 5 and 7,0,0; to.plain: 1 page; to.ro: EFAULT; ldg.plain: tag 0; dirty-log.plain: the last page dirty; stg.plain: KVM exit reason 24"
        ),
        (
            new PartsOutcome([
                new RingPart("store.300", Next: 191, Full: true),
                new RingPart("read", Read: "0-190,200"),
                new RingPart("read", Read: ""),
                new RingPart("reset", Reset: 192),
                new RingPart("run", Next: 300),
                new RingPart("rewind"),
                new RingPart("run", Errno.EINVAL),
            ]),
            """[{"step":"ring","of":"store.300","ring":{"next":191,"full":true}},{"step":"ring","of":"read","ring":{"read":"0-190,200"}},{"step":"ring","of":"read","ring":{"read":""}},{"step":"ring","of":"reset","ring":{"reset":192}},{"step":"ring","of":"run","ring":{"next":300}},{"step":"ring","of":"rewind","ring":{}},{"step":"ring","of":"run","ring":{"errno":"EINVAL"}}]""",
            "store.300: KVM_EXIT_DIRTY_RING_FULL at page 191; read: entries 0-190,200; read: no entries; reset: 192 reset; run: done up to page 300; rewind: done; run: EINVAL"
        ),
        (new OutsideOutcome("64 KiB pages"), """{"outside_model":"64 KiB pages"}""", "outside the model: 64 KiB pages"),
        (
            new AnyOutcome([new PartsOutcome([new RegistrationPart(Errno.EINVAL)]), new PartsOutcome([Registered])]),
            """{"any_of":[{"parts":[{"step":"registration","type":"refused","errno":"EINVAL"}]},{"parts":[{"step":"registration","type":"accepted"}]}]}""",
            "registration refused with EINVAL; or registered"
        ),
        (
            new MigrationOutcome(
                [new MigrationEnd(MigrationStage.Registration, Errno.EINVAL), new MigrationEnd(MigrationStage.Memory)],
                null,
                null
            ),
            """{"stage":"registration","errno":"EINVAL","or_ends":[{"stage":"memory"}]}""",
            "registration EINVAL or memory"
        ),
        (
            new MigrationOutcome(
                [MigrationEnd.Resumed],
                Outcome.Mapped(Page),
                Outcome.Mapped(new Leaf(MemoryType.DeviceNGnRE, true, false), Unspecified.Executable)
            ),
            """{"stage":"resumed","before":{"type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3},"after":{"type":"mapped","memory":"Device-nGnRE","write":true,"execute":false,"level":3,"unspecified":["execute"]}}""",
            "resumed, Normal-WB rwx to Device-nGnRE rw- (executable or not)"
        ),
        (
            new MigrationOutcome([new MigrationEnd(MigrationStage.Data)], null, null, "1 words hold something else"),
            """{"stage":"data","how":"1 words hold something else"}""",
            "data (1 words hold something else)"
        ),
    ];

    private static IEnumerable<TestCaseData> Outcomes =>
        Known.Select(k => new TestCaseData(k.Outcome, k.Json, k.Text).SetArgDisplayNames(k.Text));

    [TestCaseSource(nameof(Outcomes))]
    public void Outcome_has_one_JSON_form_that_reads_back_and_one_sentence(
        CaseOutcome outcome,
        string json,
        string text
    )
    {
        Assert.That(outcome.ToJson(), Is.EqualTo(json));
        Assert.That(CaseOutcome.Parse(json), Is.EqualTo(outcome));
        Assert.That(outcome.ToString(), Is.EqualTo(text));
    }

    [TestCase("""[{"step":"walk"}]""", "'walk' is not a step")]
    [TestCase("""[{"step":"access","of":"peek","type":"mapped"}]""", "'peek' is not an access")]
    [TestCase("""[{"step":"access","of":"read","type":"mapt"}]""", "'mapt' is not an outcome")]
    [TestCase(
        """[{"step":"access","of":"read","type":"mapped","memory":"Normal-WT"}]""",
        "'Normal-WT' is not a memory type"
    )]
    [TestCase("""[{"step":"registration","type":"refused","errno":"EVIL"}]""", "'EVIL' is not an errno")]
    [TestCase("""{"stage":"lost"}""", "'lost' is not a stage")]
    [TestCase("""{}""", "neither parts nor a stage")]
    [TestCase("""[{"step":"registration","kind":"accepted"}]""", "kind")]
    [TestCase("""[null]""", "a part is null")]
    [TestCase("""[""", "")]
    public void Malformed_outcome_is_refused_by_what_is_wrong_in_it(string json, string says) =>
        Assert.That(
            Assert.Throws(Is.InstanceOf<JsonException>(), () => CaseOutcome.Parse(json))!.Message,
            Does.Contain(says)
        );

    [Test]
    public void Errno_without_a_name_survives_as_a_number()
    {
        var outcome = new PartsOutcome([new RegistrationPart((Errno)11)]);
        Assert.That(CaseOutcome.Parse(outcome.ToJson()), Is.EqualTo(outcome));
    }

    [Test]
    public void Descriptors_keep_all_64_bits()
    {
        ReadDescriptor[] read =
        [
            new("read", new StageTwoDescriptor(0xffff_8000_0000_04dbul, 3)),
            new("munmap", new StageTwoDescriptor(0, 2)),
        ];
        Assert.That(
            ReadDescriptor.ToJson(read),
            Is.EqualTo(
                """[{"of":"read","descriptor":"0xffff8000000004db","level":3},{"of":"munmap","descriptor":"0x0000000000000000","level":2}]"""
            )
        );
        Assert.That(ReadDescriptor.Parse(ReadDescriptor.ToJson(read)), Is.EqualTo(read));
        Assert.That(ReadDescriptor.ToJson([]), Is.Null);
    }
}
