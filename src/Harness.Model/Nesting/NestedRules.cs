using Harness.Model.Aborts;

namespace Harness.Model.Nesting;

/// <summary>
/// How a release with nested virtualization makes a shadow stage 2 of the guest hypervisor's own, and of what it would
/// map for any VM. What that is, the rules of the policy decide, and they are named as for other cases.
/// </summary>
/// <param name="ForwardsUnmapped">
/// The guest hypervisor's permissions are checked also where the shadow has no leaf yet.
/// </param>
/// <param name="Wraps">Its address space has no end: the upper bits of an address are ignored.</param>
/// <param name="UsesType">The memory type of its descriptor is used.</param>
/// <param name="DropsAll">What the host unmaps, it unmaps in all of every shadow.</param>
public sealed record NestedRules(bool ForwardsUnmapped, bool Wraps, bool UsesType, bool DropsAll)
{
    /// <summary>Linux 7.2. 6.16 is the first with KVM_CAP_ARM_EL2; what came before 7.2 was not read.</summary>
    public static NestedRules V7_2 { get; } =
        new(ForwardsUnmapped: false, Wraps: true, UsesType: false, DropsAll: true);

    /// <summary>The statements that no rule of a policy has.</summary>
    public IReadOnlyList<Rule> Statements =>
        [
            .. NestedStatement.All,
            .. ForwardsUnmapped ? [] : (Rule[])[NestedStatement.NotForwarded],
            .. Wraps ? (Rule[])[NestedStatement.Wraps] : [],
            .. UsesType ? [] : (Rule[])[NestedStatement.Type],
        ];

    /// <summary>What each act does.</summary>
    public IReadOnlyList<NestedPrediction> Predict(Policy policy, HostFacts host, NestedCase c)
    {
        var predicted = new List<NestedPrediction>();
        var page = new NestedPage(NestedMemory.None, default, -1);
        foreach (var act in c.Acts)
        {
            if (act.Deed == NestedDeed.Page)
            {
                page = new NestedPage(act.Memory, act.Mapping, page.Number + 1);
                var (errno, path) = Registered(policy, host, act.Memory);
                page = page with { Registered = errno };
                predicted.Add(new(new NestedPart(act.Name, errno), path));
                continue;
            }
            predicted.Add(
                act.Access is { } access ? Accessed(policy, host, act, access, ref page) : Done(act, ref page)
            );
        }
        return predicted;
    }

    private static (Errno Errno, IReadOnlyList<Rule> Path) Registered(
        Policy policy,
        HostFacts host,
        NestedMemory memory
    )
    {
        if (!memory.HasSlot())
            return (Errno.None, [NestedStatement.Slot]);
        var made = policy.Predict(host, Accesses(new NestedPage(memory, default, 0), Access.Read));
        return (made.Registration, [NestedStatement.Slot, .. made.RegistrationPath]);
    }

    /// <summary>An act of the guest hypervisor or of the host.</summary>
    private NestedPrediction Done(NestedAct act, ref NestedPage page)
    {
        Rule by;
        switch (act.Deed)
        {
            case NestedDeed.Map:
                page = page with { Mapping = act.Mapping, Stale = page.Shadow.Mapped };
                by = NestedStatement.Changes;
                break;
            case NestedDeed.Invalidate:
                page = page with { Shadow = default, Stale = false };
                by = NestedStatement.Invalidates;
                break;
            case NestedDeed.InvalidateAll:
                page = page.WithoutShadow;
                by = NestedStatement.InvalidatesAll;
                break;
            default:
                var dropped = DropsAll ? page.WithoutShadow : page with { Shadow = default };
                page = act.Deed switch
                {
                    NestedDeed.Protect => dropped with { Protected = true },
                    NestedDeed.Discard => dropped with { Discarded = true, Word = 0 },
                    _ => dropped with { Deleted = true },
                };
                by = NestedStatement.Unmaps;
                break;
        }
        return new(new NestedPart(act.Name) { Shadow = page.Shadow }, [by]);
    }

    private NestedPrediction Accessed(Policy policy, HostFacts host, NestedAct act, Access access, ref NestedPage page)
    {
        bool beyond = act.Deed == NestedDeed.ReadBeyond;
        var before = beyond ? page.Beyond : page.Shadow;
        if (!before.Permits(access))
            return Faults(policy, host, act, access, ref page);
        var served = new NestedPart(act.Name) { Shadow = before, Value = access == Access.Read ? page.Word : null };
        if (beyond || !page.Stale)
        {
            Stored(access, ref page);
            return new(served, [NestedStatement.Serves]);
        }
        // Whatever becomes of it: the case invalidates next.
        var fresh = page.WithoutShadow;
        var anew = Faults(policy, host, act, access, ref fresh);
        Stored(access, ref page);
        return new(served with { Or = anew.Part }, [.. anew.Path, NestedStatement.Stale]);
    }

    private static void Stored(Access access, ref NestedPage page)
    {
        if (access == Access.Write)
            page = page with { Word = NestedCase.StoredValue };
    }

    /// <summary>kvm_handle_guest_abort(), until the shadow permits the access.</summary>
    private NestedPrediction Faults(Policy policy, HostFacts host, NestedAct act, Access access, ref NestedPage page)
    {
        bool beyond = act.Deed == NestedDeed.ReadBeyond;
        var path = new List<Rule>();
        var leaf = beyond ? page.Beyond : page.Shadow;
        var part = new NestedPart(act.Name);
        byte type = access == Access.Execute ? HypervisorFault.FetchClass : HypervisorFault.DataClass;

        NestedPrediction End(NestedPart end, Rule by, ref NestedPage page)
        {
            page = beyond ? page with { Beyond = leaf } : page with { Shadow = leaf };
            return new(end with { Shadow = leaf }, [.. path, by]);
        }

        NestedPart Forwarded(int status) => part with { Hypervisor = new HypervisorFault(type, (byte)status, 0) };

        if (beyond)
        {
            if (!Wraps)
                return End(Forwarded(HypervisorFault.Translation), NestedStatement.Walk, ref page);
            path.Add(NestedStatement.Wraps);
        }
        var mapping = page.Mapping;
        if (!mapping.IsValid)
            return End(Forwarded(HypervisorFault.Translation | mapping.Level), NestedStatement.Walk, ref page);
        if (mapping.Unused)
            return End(Forwarded(HypervisorFault.AccessFlag | mapping.Level), NestedStatement.Flag, ref page);
        while (!leaf.Permits(access))
        {
            if ((leaf.Mapped || ForwardsUnmapped) && !mapping.Permits(access))
                return End(Forwarded(HypervisorFault.Permission | mapping.Level), NestedStatement.Permission, ref page);
            if (!page.HasSlot || (access == Access.Write && page.Memory == NestedMemory.ReadOnly))
                return access == Access.Execute
                    ? End(
                        part with
                        {
                            Fault = new GuestFault(GuestFault.FetchClass, GuestFault.External, 0),
                        },
                        mapping.Permits(access) ? policy.Rule("no-slot-fetch") : NestedStatement.NotForwarded,
                        ref page
                    )
                    : End(
                        part with
                        {
                            Exit = new MmioRequest(
                                0,
                                access == Access.Write,
                                sizeof(uint),
                                access == Access.Write ? NestedCase.StoredValue : 0
                            ),
                            Value = access == Access.Write ? null : 0,
                        },
                        !mapping.Permits(access)
                            ? NestedStatement.NotForwarded
                            : policy.Rule(page.HasSlot ? "readonly-slot-write" : "no-slot"),
                        ref page
                    );
            var served = policy.Predict(host, Accesses(page, access)).Accesses[^1];
            path.AddRange(served.Path);
            switch (served.Outcome.Kind)
            {
                case OutcomeKind.Mapped:
                    leaf = Combined(policy, leaf, served.Outcome.Leaf, mapping, path);
                    break;
                case OutcomeKind.GuestInstructionAbort:
                    return End(
                        part with
                        {
                            Fault = new GuestFault(GuestFault.FetchClass, GuestFault.External, 0),
                        },
                        mapping.Permits(access) ? served.Path[^1] : NestedStatement.NotForwarded,
                        ref page
                    );
                default:
                    return End(part with { Errno = served.Outcome.Errno }, NestedStatement.Maps, ref page);
            }
        }
        Stored(access, ref page);
        return End(
            part with
            {
                Value = access == Access.Read ? page.Word : null,
            },
            access == Access.Execute ? NestedStatement.Executes : NestedStatement.Maps,
            ref page
        );
    }

    /// <summary>The leaf that a fault makes of the one that was there.</summary>
    private ShadowLeaf Combined(Policy policy, ShadowLeaf old, Leaf hosts, NestedMapping mapping, List<Rule> path)
    {
        path.AddRange([NestedStatement.Maps, NestedStatement.Executes, NestedStatement.Size]);
        if (!UsesType)
            path.Add(NestedStatement.Type);
        var made = new ShadowLeaf(
            Mapped: true,
            UsesType ? Weaker(hosts.Type, mapping.Type) : hosts.Type,
            mapping.Reads,
            hosts.Write && mapping.Writes,
            hosts.Execute && mapping.Executes,
            hosts.Block && mapping.Block
        );
        if (!old.Mapped)
            return made;
        path.Add(NestedStatement.Relaxes);
        return made with
        {
            Read = made.Read || old.Read,
            Write = made.Write || old.Write,
            Execute = made.Execute || (old.Execute && policy.Has("relax-keeps-execute")),
        };
    }

    private static MemoryType Weaker(MemoryType hosts, NestedType guests) =>
        (MemoryType)Math.Max((byte)hosts, (byte)guests);

    /// <summary>The same access of a guest without a hypervisor.</summary>
    private static AccessCase Accesses(NestedPage page, Access access) =>
        new(page.Memory.Backing(), VmaWritable: !page.Protected, page.Memory.Flags(), new AccessList(access))
        {
            Restored =
                !page.Discarded && !page.Protected && !page.Memory.IsDrivers() && page.Memory != NestedMemory.Huge,
            Extent = page.Memory == NestedMemory.Huge ? Extent.Block : Extent.Page,
        };
}
