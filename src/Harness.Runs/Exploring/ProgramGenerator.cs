using Harness.Cases;
using Harness.Model;
using Harness.Model.Programs;

namespace Harness.Runs.Exploring;

/// <summary>
/// Makes random programs. Of a few random steps that can be made next, the one that is predicted to take most new pairs
/// of rules is usually chosen. The same seed gives the same programs, as long as what was taken is the same.
/// </summary>
/// <param name="settings">The slots and memory that the host can have.</param>
/// <param name="policy">The policy of the host.</param>
/// <param name="host">The host's facts.</param>
/// <param name="most">The most steps of a program.</param>
/// <param name="random">With a seed.</param>
public sealed class ProgramGenerator(
    IReadOnlyList<AccessCase> settings,
    Policy policy,
    HostFacts host,
    int most,
    Random random
)
{
    private const int Least = 3;
    private const int Candidates = 6;
    private const double Greedy = 0.7;

    /// <summary>A program that can be run on the host.</summary>
    /// <param name="taken">What other programs took.</param>
    public ProgramCase Next(RulePairs taken)
    {
        while (true)
        {
            var setting = settings[random.Next(settings.Count)];
            var empty = new ProgramCase(setting, default)
            {
                Tracking = Tracking(),
                Second = Second(),
                Others = Others(),
            };
            int vcpus = 1 + random.Next(ProgramCase.MostVcpus);
            if (Of(empty, random.Next(Least, most + 1), vcpus, taken) is { Steps.Count: > 0 } made)
                return made;
        }
    }

    /// <summary>One of three programs has a second slot.</summary>
    private SecondSlot Second() =>
        random.Next(3) == 0 ? (SecondSlot)(1 + random.Next((int)SecondSlot.LoggedAlias)) : SecondSlot.None;

    /// <summary>One of ten VMs has slots by the hundred: that takes as long as the rest of a program.</summary>
    private OtherSlots Others() => random.Next(10) == 0 ? OtherSlots.Hundreds : OtherSlots.None;

    /// <summary>Every other VM tracks dirty pages in another way than the usual one.</summary>
    private DirtyTracking Tracking() => random.Next(2) == 0 ? default : _trackings[random.Next(_trackings.Length)];

    private ProgramCase Of(ProgramCase made, int length, int vcpus, RulePairs taken)
    {
        var state = new ProgramState(policy, host, made);
        Rule? last = null;
        while (made.Steps.Count < length)
        {
            (ProgramCase Program, ProgramState State, StepPrediction Step)? best = null;
            int most = -1;
            int count = random.NextDouble() < Greedy ? Candidates : 1;
            for (int i = 0; i < count; i++)
            {
                if (Longer(made, vcpus) is not { } longer)
                    continue;
                var copy = state.Copy();
                var step = copy.Take(longer.Steps[^1]);
                int found = taken.New(last, step.Path);
                if (found > most)
                    (best, most) = ((longer, copy, step), found);
            }
            if (best is not { } chosen)
                break;
            (made, state) = (chosen.Program, chosen.State);
            last = chosen.Step.Path.Count > 0 ? chosen.Step.Path[^1] : last;
            if (chosen.Step.Access is { Kind: OutcomeKind.Stalls })
                break;
        }
        return made;
    }

    /// <summary>The program with one more step, that can be made; null if none was found.</summary>
    private ProgramCase? Longer(ProgramCase made, int vcpus)
    {
        for (int tries = 0; tries < 20; tries++)
        {
            var longer = made with { Steps = made.Steps.With(Step(made, vcpus)) };
            if (longer.UnsupportedReason is null)
                return longer;
        }
        return null;
    }

    /// <summary>A step, of any vCPU and about any slot that the program has.</summary>
    private ProgramStep Step(ProgramCase made, int vcpus)
    {
        if (vcpus > 1 && !made.Tracking.HasRing && random.Next(6) == 0)
            return AtOnce(made);
        var step = InSlot(made, Step());
        return step is SlotAccess or DirtyRingRead ? step with { Vcpu = random.Next(vcpus) } : step;
    }

    /// <summary>A step about either slot.</summary>
    private ProgramStep InSlot(ProgramCase made, ProgramStep step)
    {
        bool alias = made.Second != SecondSlot.None && random.Next(2) == 0;
        return step is SlotAccess access ? access with { Page = access.Page.In(alias) }
            : step.IsOfSlot ? step with { Alias = alias }
            : step;
    }

    /// <summary>
    /// Two accesses at the same time, of which half are to the same page; or a change of one slot while the other is
    /// accessed.
    /// </summary>
    private AtOnce AtOnce(ProgramCase made)
    {
        var second = (SlotAccess)InSlot(made, OneAccess());
        if (made.Second != SecondSlot.None && random.Next(3) == 0)
        {
            var change = Slots[random.Next(Slots.Length)] with { Alias = !second.Page.IsAlias() };
            return new AtOnce(change, second with { Access = random.Next(2) == 0 ? Access.Read : Access.Write });
        }
        var first = (SlotAccess)InSlot(made, OneAccess());
        return new AtOnce(random.Next(2) == 0 ? first with { Page = second.Page } : first, second);
    }

    private static readonly SlotChange[] Slots =
    [
        .. ProgramSpace.Steps.OfType<SlotChange>().Where(change => change.Change.OfSlot),
    ];

    /// <summary>Two of three are accesses, and of those most are loads, stores and fetches.</summary>
    private ProgramStep Step()
    {
        int kind = random.Next(12);
        if (kind >= 8)
            return kind < 11 ? Other[random.Next(Other.Length)]
                : random.Next(2) == 0 ? new DirtyLogRead()
                : Log[random.Next(Log.Length)];
        return OneAccess(kind);
    }

    private SlotAccess OneAccess() => OneAccess(random.Next(8));

    private SlotAccess OneAccess(int kind)
    {
        var page = SlotPages.All[random.Next(SlotPages.All.Count)];
        return kind switch
        {
            < 3 => new SlotAccess(Access.Write, page),
            < 5 => new SlotAccess(Access.Read, page),
            < 7 => new SlotAccess(Access.Execute, page),
            _ => Any[random.Next(Any.Length)] with { Vcpu = 0 },
        };
    }

    private static readonly SlotAccess[] Any = [.. ProgramSpace.Steps.OfType<SlotAccess>()];

    private static readonly ProgramStep[] Log = [.. ProgramSpace.LogSteps];

    private readonly DirtyTracking[] _trackings =
    [
        .. ProgramSpace.Trackings.Where(t => policy.Tracking.Refusal(t, host) is null),
    ];

    private static readonly ProgramStep[] Other =
    [
        .. ProgramSpace.Steps.OfType<SlotChange>(),
        .. ProgramSpace.Steps.OfType<HostStep>(),
    ];
}
