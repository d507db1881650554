using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Tags;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Compiles a case about memory tags: memory for each place, a VM, and a step or a run for each act.</summary>
internal static class TagsCompiler
{
    private const int DontNeed = 4; // MADV_DONTNEED
    private const ulong FromGuest = 1; // KVM_ARM_TAGS_FROM_GUEST
    private const ulong UnknownFlag = 2;
    private const ulong Granule = 16; // MTE_GRANULE_SIZE
    private const int TagShift = 56; // of a pointer's tag
    private const ulong PlaceDistance = 16 << 20;
    private const ulong LongLength = 1ul << 31;

    private static readonly IReadOnlyList<GuestRegister> Registers =
    [
        .. CaseCompiler.ReportRegisters,
        GuestRegister.X17,
    ];

    public static CompiledCase Compile(TagCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        foreach (var place in c.Acts.Where(a => !a.OfVm).Select(a => a.Place).Distinct())
            AddMemory(steps, place, host);
        steps.Add(new VmStep("vm", host.VmType) { OnError = OnError.Fail });
        var guest = new TagGuest(steps, c, host);
        var acts = c.Acts.Select((act, i) => Act(steps, act, TagCase.TagOf(i), guest, host)).ToList();
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, [])
        {
            TagActs = acts,
        };
    }

    /// <summary>What a host lacks for the case; null if it can be run there.</summary>
    public static MissingPart? Missing(TagCase c, ProbeAbilities host) =>
        c.HasGuest && !host.MemoryTags
            ? new(HostPart.MemoryTags, "needs a CPU with memory tags (FEAT_MTE2), and a host that gives guests some")
            : null;

    private static string NameOf(TagPlace place) => TagAct.Places.Of(place);

    private static ulong AddressOf(TagPlace place) => CaseLayout.TestAddress + (ulong)place * PlaceDistance;

    private static int SlotOf(TagPlace place) => CaseLayout.TestSlot + (int)place;

    private static ulong SlotSize(ProbeAbilities host) => TagCase.Pages * host.PageSize;

    private static void AddMemory(CaseSteps steps, TagPlace place, ProbeAbilities host)
    {
        var backing = TagCase.BackingOf(place);
        string? file = backing.Driver ? $"file-{NameOf(place)}" : null;
        if (file is not null)
        {
            steps.Add(new OpenStep(file, "/dev/stage2-exporter"));
            MemoryCompiler.AddExport(steps, file, backing, SlotSize(host));
        }
        steps.Add(new MapStep(NameOf(place), file, SlotSize(host), Write: true, backing.Sharing == Sharing.Shared));
    }

    private static CompiledTags Act(CaseSteps steps, TagAct act, byte tag, TagGuest guest, ProbeAbilities host)
    {
        return act.Verb switch
        {
            TagVerb.Enable => Call(
                new EnableCapabilityStep("vm", SlotCompiler.CapArmMte) { OnError = OnError.Continue }
            ),
            TagVerb.Vcpu => new CompiledTags(guest.AddVcpu()),
            TagVerb.Slot => Call(Slot(act.Place, SlotFlags.None, host)),
            TagVerb.LogOn => Call(Slot(act.Place, SlotFlags.LogDirtyPages, host)),
            TagVerb.LogOff => Call(Slot(act.Place, SlotFlags.None, host)),
            TagVerb.DirtyLog => new CompiledTags(null)
            {
                Log = steps.Add(new DirtyLogStep("vm", SlotOf(act.Place), SlotSize(host))),
            },
            TagVerb.Discard => Call(new AdviseStep(NameOf(act.Place), DontNeed)),
            TagVerb.To or TagVerb.From => new CompiledTags(null) { Copy = steps.Add(Copy(act, tag, host)) },
            _ => guest.AddRun(
                act.Verb == TagVerb.Store ? GuestProgram.StoresTag : GuestProgram.LoadsTag,
                AddressOf(act.Place) + (act.Range == TagRange.Last ? host.PageSize : 0),
                (ulong)tag << TagShift
            ),
        };

        CompiledTags Call<TResult>(Step<TResult> step)
            where TResult : StepResult => new(steps.Add(step));
    }

    private static MemslotStep Slot(TagPlace place, SlotFlags flags, ProbeAbilities host) =>
        new(
            "vm",
            SlotOf(place),
            AddressOf(place),
            SlotSize(host),
            NameOf(place),
            Flags: SlotCompiler.KvmFlags(place == TagPlace.ReadOnly ? flags | SlotFlags.ReadOnly : flags)
        )
        {
            OnError = OnError.Continue,
        };

    private static CopyTagsStep Copy(TagAct act, byte tag, ProbeAbilities host)
    {
        ulong page = host.PageSize;
        ulong ofPage = page / Granule;
        ulong offset = act.Range switch
        {
            TagRange.Last or TagRange.PastEnd => page,
            TagRange.AddressUnaligned => page / 2,
            _ => 0,
        };
        ulong length = act.Range switch
        {
            TagRange.All or TagRange.AllShort or TagRange.PastEnd => 2 * page,
            TagRange.Nothing => 0,
            TagRange.Long => LongLength,
            TagRange.LengthUnaligned => page / 2,
            _ => page,
        };
        ulong room = act.Range switch
        {
            TagRange.NoBuffer => 0,
            TagRange.Short => ofPage / 2,
            TagRange.AllShort => ofPage + ofPage / 2,
            _ => 2 * ofPage,
        };
        ulong flags = act.Range == TagRange.Flags ? UnknownFlag : 0;
        if (act.Verb == TagVerb.From)
            flags |= FromGuest;
        return new CopyTagsStep(
            "vm",
            AddressOf(act.Place) + offset,
            length,
            flags,
            room,
            act.Verb == TagVerb.To ? tag : (byte)0,
            act.Range == TagRange.Reserved ? 1u : 0
        );
    }

    /// <summary>The guest's code and its vCPU, if the case has one.</summary>
    private sealed class TagGuest
    {
        private readonly CaseSteps _steps;
        private readonly ProbeAbilities _host;
        private readonly GuestProgram? _guest;
        private readonly IReadOnlyList<ulong> _entries = [];

        public TagGuest(CaseSteps steps, TagCase c, ProbeAbilities host)
        {
            (_steps, _host) = (steps, host);
            if (!c.HasGuest)
                return;
            var tables = new TagTables(CaseLayout.CodeAddress, CaseLayout.ReportAddress, CaseLayout.TestAddress);
            _guest = GuestProgram.ForTags(tables, out _entries);
            CaseCompiler.AddCodeSlot(steps, _guest, tables.Words);
        }

        public StepHandle AddVcpu()
        {
            var made = _steps.Add(new VcpuStep("vcpu", "vm"));
            if (_guest is not null)
                _steps.Add(
                    new SetRegistersStep(
                        "vcpu",
                        new Dictionary<GuestRegister, ulong>
                        {
                            [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + _guest.VectorOffset,
                            [GuestRegister.X9] = CaseLayout.ReportAddress,
                        }
                    )
                );
            return made;
        }

        /// <param name="entry">Of the guest's entry points.</param>
        /// <param name="address">Of the granule.</param>
        /// <param name="value">X2.</param>
        public CompiledTags AddRun(int entry, ulong address, ulong value)
        {
            _steps.Add(
                new SetRegistersStep(
                    "vcpu",
                    new Dictionary<GuestRegister, ulong>
                    {
                        [GuestRegister.Pc] = CaseLayout.CodeAddress + _entries[entry],
                        [GuestRegister.X1] = address,
                        [GuestRegister.X2] = value,
                    }
                )
            );
            return new CompiledTags(null)
            {
                Report = entry,
                Run = _steps.Add(new RunStep("vcpu", _host.RunTimeoutMs)),
                Registers = _steps.Add(new GetRegistersStep("vcpu", Registers)),
            };
        }
    }
}
