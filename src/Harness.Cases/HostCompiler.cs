using Harness.Model;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>What a program has the host's memory management do.</summary>
internal static class HostCompiler
{
    private const int AdviseDontNeed = 4,
        AdviseFree = 8,
        AdviseHugePage = 14,
        AdviseNoHugePage = 15,
        AdvisePageOut = 21,
        AdvisePopulateWrite = 23,
        AdviseCollapse = 25; // MADV_*, linux/mman.h

    /// <summary>The calls of which the first that fails is the step's result; others are prerequisites.</summary>
    /// <param name="steps">Added to.</param>
    /// <param name="c">The program.</param>
    /// <param name="step">What is done.</param>
    /// <param name="sizes">Of the host.</param>
    public static IReadOnlyList<StepHandle> AddCalls(CaseSteps steps, ProgramCase c, HostStep step, CaseSizes sizes)
    {
        const string memory = MemoryCompiler.Memory;
        const string file = MemoryCompiler.File;
        bool huge = c.Backing.Provider == Provider.Thp;
        ulong all = sizes.MappingSize(c);
        ulong start = sizes.MappingOffset(c.Setting.Extent);
        var (offset, size) = step.Page is { } page
            ? (start + sizes.PageOffset(c.Setting.Extent, page), sizes.Page)
            : (0ul, all);
        switch (step.Act)
        {
            case HostAct.Discard:
                if (huge)
                    steps.Add(new AdviseStep(memory, AdviseNoHugePage));
                return
                [
                    steps.Add(
                        Continued(new AdviseStep(memory, AdviseDontNeed, offset, step.Page is null ? null : size))
                    ),
                ];
            case HostAct.PageOut:
            case HostAct.Free:
                ulong? part = step.Page is null ? null : size;
                int advice = step.Act == HostAct.Free ? AdviseFree : AdvisePageOut;
                var made = steps.Add(Continued(new AdviseStep(memory, advice, offset, part)));
                if (step.Act == HostAct.PageOut)
                    steps.Add(new PagedOutStep(memory, offset, part));
                return [made];
            case HostAct.Poison:
                return [steps.Add(new PoisonStep("poison", memory, offset))];
            case HostAct.Migrate:
                return [steps.Add(new PoisonStep($"frame {steps.Steps.Count}", memory, offset, Soft: true))];
            case HostAct.Merge:
                return [steps.Add(new MergeStep($"copy {steps.Steps.Count}", memory, offset))];
            case HostAct.Punch:
                return [steps.Add(new FallocateStep(file, FallocateStep.PunchHole, offset, size))];
            case HostAct.Truncate:
                return [steps.Add(new TruncateStep(file, 0))];
            case HostAct.Extend:
                return [steps.Add(new TruncateStep(file, all))];
            case HostAct.Fork:
                steps.Add(new ForkStep("child"));
                return [];
            case HostAct.Serve:
                steps.Add(new UserFaultStep("faults", memory, ServedFaults.Missing, ProgramCase.ServedWord));
                return [];
            case HostAct.Protect:
                steps.Add(new UserFaultStep("faults", memory, ServedFaults.Protected));
                return [];
            case HostAct.Continue:
                steps.Add(new UserFaultStep("faults", memory, ServedFaults.Minor));
                return [];
            case HostAct.Lock:
                return [steps.Add(new LockStep(memory) { OnError = OnError.Continue })];
            case HostAct.Split:
                // A page that no access is to: its own protection changes, and comes back.
                ulong third = start + 2 * sizes.Page;
                steps.Add(new AdviseStep(memory, AdviseNoHugePage));
                return
                [
                    steps.Add(Continued(new ProtectStep(memory, Read: true, Write: false, third, sizes.Page))),
                    steps.Add(Continued(new ProtectStep(memory, Read: true, Write: true, third, sizes.Page))),
                ];
            default:
                steps.Add(new AdviseStep(memory, AdviseHugePage));
                steps.Add(new AdviseStep(memory, AdvisePopulateWrite));
                steps.Add(Continued(new AdviseStep(memory, AdviseCollapse)));
                steps.Add(new HugeMappedStep(memory));
                return [];
        }
    }

    /// <summary>What a host lacks for the steps of a program; null if nothing.</summary>
    public static MissingPart? Missing(ProgramCase c, ProbeAbilities host)
    {
        foreach (var step in c.Steps.Span)
            if (step is HostStep { Act: HostAct.PageOut } && host.WhyNoSwap is { } none)
                return new(HostPart.Swap, none);
            else if (step is HostStep { Act: HostAct.Merge } && host.WhyNoMerging is { } single)
                return new(HostPart.Merging, single);
            else if (step is HostStep { Act: HostAct.Poison or HostAct.Migrate } && host.WhyNoPoison is { } harmless)
                return new(HostPart.Poison, harmless);
            else if (
                step is HostStep act
                && act.Act switch
                {
                    HostAct.Serve => host.WhyNoUserFaults,
                    HostAct.Protect => host.WhyNoWriteFaults,
                    HostAct.Continue => host.WhyNoMinorFaults,
                    _ => null,
                }
                    is { } why
            )
                return new(HostPart.UserFaults, why);
        return null;
    }

    private static T Continued<T>(T step)
        where T : Step => step with { OnError = OnError.Continue };
}
