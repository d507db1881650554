using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>
/// Compiles a case about aborts: a slot for each place, a guest with an entry point for each act, and for each act a
/// run, userspace's answer, and what is read then.
/// </summary>
internal static class AbortsCompiler
{
    private const int CapNisvToUser = 177; // KVM_CAP_ARM_NISV_TO_USER, linux/kvm.h
    private const string Exporter = "exporter";

    private static readonly IReadOnlyList<GuestRegister> Registers =
    [
        .. CaseCompiler.ReportRegisters,
        GuestRegister.X0,
    ];

    public static CompiledCase Compile(AbortCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        var acts = c.Acts;
        if (host.Exporter || c.Backing.Driver)
            steps.Add(new OpenStep(Exporter, "/dev/stage2-exporter"));
        var places = acts.Select(a => a.Place).Where(AbortCase.HasSlot).DistinctBy(AbortLayout.SlotOf).ToList();
        foreach (var place in places)
            AddMemory(steps, place);
        bool beyond = acts.Any(a => a.Place == AbortPlace.BeyondVm);
        steps.Add(new VmStep("vm", beyond ? AbortCase.SmallIpaBits : host.VmType) { OnError = OnError.Fail });
        foreach (var place in places)
            steps.Add(
                new MemslotStep(
                    "vm",
                    AbortLayout.SlotOf(place),
                    AbortLayout.Address(place, host.IpaLimit),
                    AbortLayout.SlotSize,
                    NameOf(place),
                    Flags: SlotCompiler.KvmFlags(AbortCase.SlotOf(place))
                )
            );
        var tables = TablesOf(c, host);
        var entries = AddGuest(steps, c, tables, host);
        if (tables is not null)
            AddOwnTables(steps, acts, tables);
        var compiled = new List<CompiledAbort>();
        int made = 0;
        for (int i = 0; i < acts.Count; i++)
            compiled.Add(
                acts[i].Instruction is null
                    ? new CompiledAbort(
                        steps.Add(new EnableCapabilityStep("vm", CapNisvToUser) { OnError = OnError.Continue }),
                        null
                    )
                    : new CompiledAbort(null, AddAct(steps, acts[i], i, made, entries[made++], tables, host))
            );
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, [])
        {
            AbortActs = compiled,
        };
    }

    /// <summary>A place that no VM on the host can have; null if all are there.</summary>
    public static MissingPart? Missing(AbortCase c, ProbeAbilities host) =>
        c.Acts.Any(a => a.Place == AbortPlace.BeyondVm) && host.IpaLimit <= AbortCase.SmallIpaBits
            ? new(
                HostPart.IpaSize,
                $"needs addresses beyond a VM of {AbortCase.SmallIpaBits} IPA bits, and no VM there can have more than {host.IpaLimit}"
            )
        : c.Acts.Any(a => a.Instruction == AbortInstruction.LoadByFlag) && !host.SetsAccessFlag
            ? new(HostPart.AccessFlag, "needs a CPU that sets the access flag (ID_AA64MMFR1_EL1.HAFDBS)")
        : null;

    private static void AddMemory(CaseSteps steps, AbortPlace place)
    {
        var backing = AbortCase.BackingOf(place);
        if (backing.Driver)
            MemoryCompiler.AddExport(steps, Exporter, backing, AbortLayout.SlotSize);
        steps.Add(
            new MapStep(
                NameOf(place),
                backing.Driver ? Exporter : null,
                AbortLayout.SlotSize,
                Write: true,
                backing.Sharing == Sharing.Shared,
                AbortLayout.Stride
            )
        );
    }

    private static string NameOf(AbortPlace place) =>
        AbortAct.Places.Of(place == AbortPlace.ReadOnlyMapped ? AbortPlace.ReadOnly : place);

    /// <summary>
    /// The page of an act; an act across the end of a plain page has that one and its own in slots of their own.
    /// </summary>
    private static ulong PageOf(AbortAct act, int index, ProbeAbilities host) =>
        act.Instruction!.Value.IsAcross()
            ? AbortLayout.AcrossPage(index) + host.PageSize
            : AbortLayout.Address(act.Place, host.IpaLimit) + (ulong)index * AbortLayout.Stride;

    private static AbortTables? TablesOf(AbortCase c, ProbeAbilities host) =>
        c.Acts.Any(a => a.Instruction is { } i && i.NeedsTables())
            ? new AbortTables(
                CaseLayout.CodeAddress,
                CaseLayout.ReportAddress,
                AbortLayout.SlotsAddress,
                [
                    .. c.Acts.Select(
                        (a, i) => a.Instruction is { } made && made.Walks() ? PageOf(a, i, host) : (ulong?)null
                    ),
                ]
            )
            : null;

    private static IReadOnlyList<ulong> AddGuest(CaseSteps steps, AbortCase c, AbortTables? tables, ProbeAbilities host)
    {
        var guest = GuestProgram.ForAborts([.. c.Acts.Where(a => a.Instruction is not null)], tables, out var entries);
        CaseCompiler.AddCode(steps, guest, tables?.Words(AbortCase.ByTable) ?? []);
        for (int i = 0; i < c.Acts.Count; i++)
            if (c.Acts[i].Instruction is { } instruction && instruction.IsAcross())
                AddAcross(steps, c.Acts[i], i, host);
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                    [GuestRegister.X2] = AbortCase.StoredValue,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        return entries;
    }

    /// <summary>Two pages side by side, each in a slot: a plain one, and that of the place.</summary>
    private static void AddAcross(CaseSteps steps, AbortAct act, int index, ProbeAbilities host)
    {
        string before = $"before-{index}";
        steps.Add(new MapStep(before, null, host.PageSize, Write: true, Shared: false));
        steps.Add(
            new MemslotStep("vm", AbortLayout.AcrossSlot(index), AbortLayout.AcrossPage(index), host.PageSize, before)
        );
        if (AbortCase.HasSlot(act.Place))
            steps.Add(
                new MemslotStep(
                    "vm",
                    AbortLayout.AcrossSlot(index) + 1,
                    PageOf(act, index, host),
                    host.PageSize,
                    NameOf(act.Place),
                    (ulong)index * AbortLayout.Stride,
                    SlotCompiler.KvmFlags(AbortCase.SlotOf(act.Place))
                )
            );
    }

    /// <summary>The process writes the tables that are in slots.</summary>
    private static void AddOwnTables(CaseSteps steps, IReadOnlyList<AbortAct> acts, AbortTables tables)
    {
        for (int i = 0; i < acts.Count; i++)
            if (acts[i].Instruction is { } instruction && instruction.Walks() && AbortCase.HasSlot(acts[i].Place))
            {
                ulong descriptor = tables.Descriptor(flagged: instruction != AbortInstruction.LoadByFlag);
                steps.Add(
                    new WordsStep(
                        NameOf(acts[i].Place),
                        (ulong)i * AbortLayout.Stride,
                        [(uint)descriptor, (uint)(descriptor >> 32)]
                    )
                );
            }
    }

    private static CompiledAbortAct AddAct(
        CaseSteps steps,
        AbortAct act,
        int index,
        int report,
        ulong entry,
        AbortTables? tables,
        ProbeAbilities host
    )
    {
        var instruction = act.Instruction!.Value;
        ulong page = PageOf(act, index, host);
        ulong address =
            instruction.Walks() ? tables!.WalkedAddress(index)
            : instruction.IsAcross() ? page - AbortCase.AcrossBytes
            : page;
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = CaseLayout.CodeAddress + entry,
                    [GuestRegister.X0] = AbortCase.Untouched,
                    [GuestRegister.X1] = address,
                }
            )
        );
        return new CompiledAbortAct(
            address,
            report,
            steps.Add(new RunStep("vcpu", host.RunTimeoutMs)),
            steps.Add(
                new AnswerStep(
                    "vcpu",
                    host.RunTimeoutMs,
                    CaseLayout.ReportAddress,
                    act.Answer switch
                    {
                        AbortAnswer.Abort => AnswerBy.Abort,
                        AbortAnswer.Skip => AnswerBy.Skip,
                        _ => AnswerBy.Data,
                    },
                    act.Data
                )
            ),
            steps.Add(new GetRegistersStep("vcpu", Registers)),
            host.Descriptor && AbortCase.HasSlot(act.Place) ? steps.Add(new Stage2Step(Exporter, "vm", page)) : null
        );
    }
}
