namespace Harness.Model.Aborts;

/// <summary>
/// How a release handles an abort that no memory serves, and what it makes of userspace's answer. What memory serves is
/// decided by the rules of the policy, and so is whether a slot is there: those rules are named as for other cases.
/// </summary>
/// <param name="LimitsProtected">In protected mode every VM has the host's largest IPA size.</param>
/// <param name="TellsLevel">An injected abort of a walk has the level of the walk.</param>
/// <param name="KeepsSign">A load that userspace completes extends its sign.</param>
public sealed record AbortRules(bool LimitsProtected, bool TellsLevel, bool KeepsSign)
{
    private const int TableLevel = 3;

    /// <summary>Linux 6.1.</summary>
    public static AbortRules V6_1 { get; } = new(LimitsProtected: false, TellsLevel: false, KeepsSign: false);

    /// <summary>Linux 6.2: "Instantiate guest stage-2 page-tables at EL2".</summary>
    public static AbortRules V6_2 { get; } = V6_1 with { LimitsProtected = true };

    /// <summary>Linux 6.17: "Populate level on S1PTW SEA injection".</summary>
    public static AbortRules V6_17 { get; } = V6_2 with { TellsLevel = true };

    /// <summary>Linux 7.2: kvm_handle_mmio_return().</summary>
    public static AbortRules V7_2 { get; } = V6_17 with { KeepsSign = true };

    /// <summary>The statements that no rule of a policy has.</summary>
    public IReadOnlyList<Rule> Statements =>
        [
            AbortStatement.BeyondLimit,
            AbortStatement.BeyondVm,
            .. LimitsProtected ? [AbortStatement.NoVmSize] : Array.Empty<Rule>(),
            Walk,
            AbortStatement.Maintenance,
            AbortStatement.MaintenanceReads,
            AbortStatement.MaintenanceStores,
            AbortStatement.Prefetch,
            AbortStatement.Completes,
            Sign,
            AbortStatement.StoreCompletes,
            AbortStatement.Injected,
            AbortStatement.Nisv,
            AbortStatement.NisvEnabled,
        ];

    private Rule Walk => TellsLevel ? AbortStatement.WalkNoSlotLevel : AbortStatement.WalkNoSlot;

    private Rule Sign => KeepsSign ? AbortStatement.SignKept : AbortStatement.SignLost;

    private byte WalkStatus => TellsLevel ? (byte)(GuestFault.ExternalOnWalk + TableLevel) : GuestFault.External;

    /// <summary>What each act does.</summary>
    /// <param name="policy">The policy with these rules.</param>
    /// <param name="host">The host.</param>
    /// <param name="c">The case.</param>
    /// <param name="maintains">Cache maintenance by address can fault: on an emulator it may do nothing.</param>
    public IReadOnlyList<AbortPrediction> Predict(Policy policy, HostFacts host, AbortCase c, bool maintains)
    {
        var acts = new List<AbortPrediction>();
        bool nisv = false;
        foreach (var act in c.Acts)
        {
            if (act.Instruction is not { } instruction)
            {
                nisv = true;
                acts.Add(new(new AbortPart(act.Name), [AbortStatement.NisvEnabled]));
                continue;
            }
            var left = LeftBefore(policy, host, act);
            acts.Add(
                instruction.Prefetches() || (instruction.Maintains() && !maintains)
                    ? new(new AbortPart(act.Name) { Left = left }, [AbortStatement.Prefetch])
                    : Of(policy, host, act, instruction, nisv, left)
            );
        }
        return acts;
    }

    /// <summary>What maps the page before the act: a page that the act itself doesn't get mapped stays so.</summary>
    private static Outcome? LeftBefore(Policy policy, HostFacts host, AbortAct act) =>
        act.Place == AbortPlace.ReadOnlyMapped ? Served(policy, host, act, Access.Read).Accesses[^1].Outcome
        : AbortCase.HasSlot(act.Place) ? Outcome.Unmapped
        : null;

    /// <summary>The process writes the tables, so that their pages are its own before the guest runs.</summary>
    private static Prediction Served(Policy policy, HostFacts host, AbortAct act, params Access[] accesses) =>
        policy.Predict(
            host,
            new AccessCase(
                AbortCase.BackingOf(act.Place),
                VmaWritable: true,
                AbortCase.SlotOf(act.Place),
                new AccessList(accesses)
            )
            {
                Restored = act.Instruction is { } instruction && instruction.Walks(),
            }
        );

    private AbortPrediction Of(
        Policy policy,
        HostFacts host,
        AbortAct act,
        AbortInstruction instruction,
        bool nisv,
        Outcome? left
    )
    {
        var part = new AbortPart(act.Name) { Left = left };
        byte type = instruction == AbortInstruction.Fetch ? GuestFault.FetchClass : GuestFault.DataClass;
        bool everyVm = LimitsProtected && host.Mode == KvmMode.Protected;
        if (act.Place == AbortPlace.BeyondLimit)
            return new(
                part with
                {
                    Fault = new GuestFault(type, GuestFault.AddressSize, 0),
                },
                [AbortStatement.BeyondLimit]
            );
        if (act.Place == AbortPlace.BeyondVm && !everyVm)
            return new(part with { Fault = new GuestFault(type, GuestFault.External, 0) }, [AbortStatement.BeyondVm]);
        if (!AbortCase.HasSlot(act.Place))
            return OfNoSlot(policy, act, instruction, nisv, part, type) is var end && act.Place == AbortPlace.BeyondVm
                ? end with
                {
                    Path = [AbortStatement.NoVmSize, .. end.Path],
                }
                : end;
        if (AbortCase.SlotOf(act.Place) == SlotFlags.ReadOnly)
        {
            if (instruction == AbortInstruction.LoadByFlag)
                return new(
                    part with
                    {
                        Fault = new GuestFault(type, WalkStatus, 0),
                        Left = Served(policy, host, act, Access.Read).Accesses[^1].Outcome,
                    },
                    [Walk]
                );
            if (
                act.Place == AbortPlace.ReadOnlyMapped
                && instruction is AbortInstruction.Clean or AbortInstruction.CleanInvalidate
            )
                return new(part, [AbortStatement.MaintenanceReads]);
            if (instruction.Stores())
                return Emulated(
                    act,
                    instruction,
                    nisv,
                    part,
                    policy.Rule("readonly-slot-no-syndrome"),
                    policy.Rule("readonly-slot-write")
                );
        }
        return OfMemory(policy, host, act, instruction, part);
    }

    private AbortPrediction OfNoSlot(
        Policy policy,
        AbortAct act,
        AbortInstruction instruction,
        bool nisv,
        AbortPart part,
        byte type
    ) =>
        instruction switch
        {
            AbortInstruction.Fetch => new(
                part with
                {
                    Fault = new GuestFault(type, GuestFault.External, 0),
                },
                [policy.Rule("no-slot-fetch")]
            ),
            _ when instruction.Walks() => new(part with { Fault = new GuestFault(type, WalkStatus, 0) }, [Walk]),
            _ when instruction.Maintains() => new(part, [AbortStatement.Maintenance]),
            _ => Emulated(act, instruction, nisv, part, policy.Rule("no-slot-no-syndrome"), policy.Rule("no-slot")),
        };

    /// <summary>The memory behind the slot serves it, as it serves the accesses of other cases.</summary>
    private static AbortPrediction OfMemory(
        Policy policy,
        HostFacts host,
        AbortAct act,
        AbortInstruction instruction,
        AbortPart part
    )
    {
        Access[] accesses =
            instruction == AbortInstruction.LoadByFlag ? [Access.Read, Access.Write]
            : instruction == AbortInstruction.Fetch ? [Access.Execute]
            : instruction.Stores() ? [Access.Write]
            : [Access.Read];
        var served = Served(policy, host, act, accesses);
        var end = served.Accesses[^1].Outcome;
        Rule[] path =
        [
            .. instruction.Maintains() ? [AbortStatement.MaintenanceStores] : Array.Empty<Rule>(),
            .. served.Accesses.SelectMany(a => a.Path),
        ];
        part = end.Kind switch
        {
            OutcomeKind.GuestInstructionAbort => part with
            {
                Fault = new GuestFault(GuestFault.FetchClass, GuestFault.External, 0),
            },
            OutcomeKind.RunFails => part with { Errno = end.Errno },
            _ => part with
            {
                Left = end,
                Value =
                    !instruction.Loads() ? null
                    : instruction.Walks() ? AbortCase.ByTable
                    : 0,
            },
        };
        return new(part, path);
    }

    /// <summary>io_mem_abort(), and what becomes of userspace's answer.</summary>
    private AbortPrediction Emulated(
        AbortAct act,
        AbortInstruction instruction,
        bool nisv,
        AbortPart part,
        Rule noSyndrome,
        Rule exits
    )
    {
        long offset = instruction.IsAcross() ? AbortCase.AcrossBytes : 0;
        if (!instruction.HasSyndrome() && !nisv)
            return new(part with { Errno = Errno.ENOSYS }, [noSyndrome]);
        bool stores = instruction.Stores();
        part = instruction.HasSyndrome()
            ? part with
            {
                Exit = new MmioRequest((ulong)offset, stores, instruction.Bytes(), stores ? AbortCase.StoredValue : 0),
            }
            : part with
            {
                NoSyndrome = offset,
            };
        Rule exit = instruction.HasSyndrome() ? exits : AbortStatement.Nisv;
        return act.Answer switch
        {
            AbortAnswer.Abort => new(
                part with
                {
                    Fault = new GuestFault(GuestFault.DataClass, GuestFault.External, offset),
                },
                [exit, AbortStatement.Injected]
            ),
            AbortAnswer.Skip => new(part with { Value = instruction.Loads() ? AbortCase.Untouched : null }, [exit]),
            _ when stores => new(part, [exit, AbortStatement.StoreCompletes]),
            _ => new(
                part with
                {
                    Value = Completed(instruction, act.Data),
                },
                [exit, instruction.ExtendsSign() ? Sign : AbortStatement.Completes]
            ),
        };
    }

    /// <summary>What kvm_handle_mmio_return() makes of the data.</summary>
    private ulong Completed(AbortInstruction instruction, ulong data)
    {
        int above = 64 - 8 * instruction.Bytes();
        ulong bytes = data << above >> above;
        if (!instruction.ExtendsSign() || !KeepsSign)
            return bytes;
        ulong extended = (ulong)((long)(data << above) >> above);
        return instruction.IsWide() ? extended : (uint)extended;
    }
}
