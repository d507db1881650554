using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>
/// Compiles a case about a full dirty ring: a logged slot, a vCPU with a ring, and a step for each act.
/// </summary>
internal static class RingCompiler
{
    private const ulong RingSize = RingCase.Entries * 16; // struct kvm_dirty_gfn has 16 bytes

    private static readonly IReadOnlyList<GuestRegister> Registers = [GuestRegister.X1];

    public static CompiledCase Compile(RingCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        ulong size = RingCase.Pages * host.PageSize;
        steps.Add(new MapStep(MemoryCompiler.Memory, null, size, Write: true, Shared: false));
        steps.Add(new VmStep("vm", host.VmType) { OnError = OnError.Fail });
        foreach (var capability in TrackingCompiler.Capabilities(RingCase.Setting.Tracking, host.Sizes))
            steps.AddSetUp(capability);
        steps.AddSetUp(
            new MemslotStep(
                "vm",
                CaseLayout.TestSlot,
                CaseLayout.TestAddress,
                size,
                MemoryCompiler.Memory,
                Flags: SlotCompiler.KvmFlags(SlotFlags.LogDirtyPages)
            )
            {
                OnError = OnError.End,
            }
        );
        var guest = GuestProgram.ForPages(out ulong entry);
        CaseCompiler.AddCode(steps, guest);
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                    [GuestRegister.X2] = CaseLayout.StoredValue,
                    [GuestRegister.X4] = host.PageSize,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        var state = new RingState();
        var acts = new List<CompiledRing>();
        foreach (var act in c.Acts)
        {
            acts.Add(Act(steps, act, CaseLayout.CodeAddress + entry, state.Next, host));
            state.Take(act);
        }
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, [])
        {
            RingActs = acts,
        };
    }

    /// <summary>What a host lacks for the case; null if it can be run there.</summary>
    public static MissingPart? Missing(ProbeAbilities host) =>
        host.PageSize == CaseSizes.Usual.Page
            ? null
            : new(
                HostPart.PageSize,
                $"needs the smallest ring, of a page, to have {RingCase.Entries} entries, and pages there have {host.PageSize >> 10} KiB"
            );

    /// <param name="steps">Added to.</param>
    /// <param name="act">The act.</param>
    /// <param name="entry">Where the guest begins to store.</param>
    /// <param name="next">The page that it begins with.</param>
    /// <param name="host">The host.</param>
    private static CompiledRing Act(CaseSteps steps, RingAct act, ulong entry, int next, ProbeAbilities host)
    {
        switch (act.Verb)
        {
            case RingVerb.Read:
                return new CompiledRing { Read = steps.Add(new RingStep("vcpu", RingSize)) };
            case RingVerb.Reset:
                return new CompiledRing { Reset = steps.Add(new ResetRingsStep("vm")) };
            case RingVerb.Rewind:
                return new CompiledRing();
            case RingVerb.Store:
                steps.Add(
                    new SetRegistersStep(
                        "vcpu",
                        new Dictionary<GuestRegister, ulong>
                        {
                            [GuestRegister.Pc] = entry,
                            [GuestRegister.X1] = CaseLayout.TestAddress + (ulong)next * host.PageSize,
                            [GuestRegister.X3] = (ulong)act.Count,
                        }
                    )
                );
                break;
        }
        return new CompiledRing
        {
            Run = steps.Add(new RunStep("vcpu", host.RunTimeoutMs)),
            Registers = steps.Add(new GetRegistersStep("vcpu", Registers)),
        };
    }
}
