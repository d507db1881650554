using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Model;

/// <summary>The stages of the decision, in the order in which the kernel goes through them.</summary>
public enum Stage : byte
{
    /// <summary>Creating the memslot: KVM_ENABLE_CAP, KVM_CREATE_GUEST_MEMFD, KVM_SET_USER_MEMORY_REGION.</summary>
    Registration,

    /// <summary>
    /// What userspace does between two accesses. If that is KVM_SET_USER_MEMORY_REGION, the rules of <see
    /// cref="Registration"/> come first.
    /// </summary>
    Change,

    /// <summary>From the abort to the memslot: kvm_handle_guest_abort().</summary>
    Abort,

    /// <summary>From the host virtual address to a page: the hva-to-pfn lookup of virt/kvm.</summary>
    Lookup,

    /// <summary>From the page to a leaf: user_mem_abort().</summary>
    Map,
}

/// <summary>
/// One version of the decision: a list of rules for each stage, and what userspace can query about it. Immutable; a
/// later version is written as the differences from an earlier one.
/// </summary>
public sealed partial class Policy
{
    private const int Stages = 5;

    /// <summary>The rule of a kernel that can't create a guest_memfd.</summary>
    private const string NoGuestMemory = "gmem-unknown";

    private readonly Rule[][] _rules;
    private readonly Capability[] _capabilities;
    private readonly OtherRules _others;
    private readonly int[] _firstOf = new int[Stages];

    private Policy(
        string name,
        string summary,
        Policy? basis,
        Rule[][] rules,
        Capability[] capabilities,
        OtherRules others
    )
    {
        _others = others;
        Name = name;
        Summary = summary;
        Basis = basis;
        _rules = rules;
        _capabilities = capabilities;
        AllRules = [.. rules.SelectMany(r => r)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AllRules.Count, RuleSet.Most, nameof(rules));
        for (int i = 1; i < Stages; i++)
            _firstOf[i] = _firstOf[i - 1] + rules[i - 1].Length;
    }

    /// <summary>"mainline-6.17": named after the first kernel that decides so.</summary>
    public string Name { get; }

    /// <summary>How it differs from others, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>The policy it is written as a difference from, or null.</summary>
    public Policy? Basis { get; }

    /// <summary>All stages' rules, in order.</summary>
    public IReadOnlyList<Rule> AllRules { get; }

    /// <summary>Page ownership: the machine that decides a <see cref="LifecycleCase"/>.</summary>
    public Machine Ownership => _others.Ownership;

    /// <summary>The checks of a slot's arguments, which decide a <see cref="SlotCallsCase"/>.</summary>
    public SlotChecks SlotChecks => _others.SlotChecks;

    /// <summary>What there is to track dirty pages with, which decides a <see cref="ProgramCase"/>.</summary>
    public TrackingRules Tracking => _others.Tracking;

    /// <summary>How the host manages a process's memory, as far as releases differ.</summary>
    public MemoryRules Memory => _others.Memory;

    /// <summary>How an abort is handled that no memory serves, which decides an <see cref="AbortCase"/>.</summary>
    public AbortRules Aborts => _others.Aborts;

    /// <summary>How memory tags are copied, which decides a <see cref="TagCase"/>.</summary>
    public TagRules Tags => _others.Tags;

    /// <summary>How a shadow stage 2 is made, which decides a <see cref="NestedCase"/>; null before 7.2.</summary>
    public NestedRules? Nested => _others.Nested;

    /// <summary>
    /// Every rule, every transition of <see cref="Ownership"/>, every check of a slot's arguments and every statement
    /// about aborts and nested guests, memory tags or full rings that is no rule: no two have the same name.
    /// </summary>
    public IEnumerable<Statement> Statements =>
        [
            .. AllRules,
            .. Ownership.Transitions,
            .. SlotChecks.All.Select(c => c.Own).OfType<SlotStatement>(),
            .. Aborts.Statements,
            .. Tags.Statements,
            .. Tracking.HasRings ? RingStatement.All : [],
            .. Nested?.Statements ?? [],
        ];

    /// <summary>The capabilities that userspace can query, by number.</summary>
    public IReadOnlyList<Capability> Capabilities => _capabilities;

    private Policy With(OtherRules others) => new(Name, Summary, Basis, _rules, _capabilities, others);

    /// <summary>The same policy with more to track dirty pages with.</summary>
    public Policy WithTracking(TrackingRules tracking) => With(_others with { Tracking = tracking });

    /// <summary>The same policy with another management of a process's memory.</summary>
    public Policy WithMemory(MemoryRules memory) => With(_others with { Memory = memory });

    /// <summary>The same policy with another handling of aborts.</summary>
    public Policy WithAborts(AbortRules aborts) => With(_others with { Aborts = aborts });

    /// <summary>The same policy with another way to copy memory tags.</summary>
    public Policy WithTags(TagRules tags) => With(_others with { Tags = tags });

    /// <summary>The same policy with nested virtualization.</summary>
    public Policy WithNested(NestedRules nested) => With(_others with { Nested = nested });

    public static Policy New(
        string name,
        string summary,
        Rule[] registration,
        Rule[] change,
        Rule[] abort,
        Rule[] lookup,
        Rule[] map,
        Capability[] capabilities,
        Machine ownership
    ) => new(name, summary, null, [registration, change, abort, lookup, map], capabilities, new OtherRules(ownership));

    public IReadOnlyList<Rule> Rules(Stage stage) => _rules[(int)stage];

    /// <exception cref="ArgumentException">There is no rule of that name.</exception>
    public Rule Rule(string name) => Array.Find(_rules[StageOf(name)], r => r.Name == name)!;

    public bool Has(string name) => AllRules.Any(r => r.Name == name) || Ownership.Has(name);

    /// <summary>The rule, transition or capability of that name, or null.</summary>
    public Statement? Statement(string name) =>
        Statements.FirstOrDefault(s => s.Name == name) ?? Array.Find(_capabilities, c => c.RuleName == name)?.Statement;

    /// <summary>The same policy under a new name, as the basis for differences.</summary>
    public Policy As(string name, string summary) => new(name, summary, this, _rules, _capabilities, _others);

    /// <summary>The same policy with another ownership machine.</summary>
    public Policy WithOwnership(Machine ownership) => With(_others with { Ownership = ownership });

    /// <summary>The same policy with other checks of a slot's arguments.</summary>
    public Policy WithSlotChecks(SlotChecks checks) => With(_others with { SlotChecks = checks });

    /// <exception cref="ArgumentException">There is no rule of that name.</exception>
    public Policy Replace(string name, params Rule[] by) =>
        Edit(name, (list, i) => [.. list[..i], .. by, .. list[(i + 1)..]]);

    /// <summary>Without a rule, or a transition of <see cref="Ownership"/>.</summary>
    /// <exception cref="ArgumentException">There is no rule or transition of that name.</exception>
    public Policy Without(string name) => Ownership.Has(name) ? WithOwnership(Ownership.Without(name)) : Replace(name);

    public Policy Before(string name, params Rule[] added) =>
        Edit(name, (list, i) => [.. list[..i], .. added, .. list[i..]]);

    public Policy After(string name, params Rule[] added) =>
        Edit(name, (list, i) => [.. list[..(i + 1)], .. added, .. list[(i + 1)..]]);

    /// <summary>The same policy with a rule and the next one of its stage swapped.</summary>
    /// <exception cref="ArgumentException">There is no rule of that name, or none after it in its stage.</exception>
    public Policy Swapped(string name) =>
        Edit(name, (list, i) =>
            i + 1 < list.Length
                ? [.. list[..i], list[i + 1], list[i], .. list[(i + 2)..]]
                : throw new ArgumentException($"'{name}' is the last rule of its stage in policy {Name}", nameof(name))
        );

    /// <summary>The same rule, found in another function from a release on.</summary>
    public Policy Moved(string name, string function, string since, string? note = null)
    {
        var rule = Rule(name);
        return Replace(
            name,
            rule with
            {
                Source = new Source(function, rule.Source.File, since, note ?? rule.Source.Note),
            }
        );
    }

    /// <summary>The same rules with these capabilities, which replace those with the same number.</summary>
    public Policy WithCapabilities(params Capability[] capabilities) =>
        new(
            Name,
            Summary,
            Basis,
            _rules,
            [
                .. _capabilities
                    .ExceptBy(capabilities.Select(c => c.Number), c => c.Number)
                    .Concat(capabilities)
                    .OrderBy(c => c.Number),
            ],
            _others
        );

    /// <summary>Pure and total: defined for every case on every host.</summary>
    public Prediction Predict(HostFacts host, Case @case)
    {
        if (@case.UnsupportedReason is { } why)
            return new Prediction(Name, why, Errno.None, [], []);
        return @case switch
        {
            ProgramCase program => Predict(host, program, seen: null),
            LifecycleCase lifecycle => new Prediction(Name, null, Errno.None, [], [])
            {
                Operations = Ownership.Follow(host, lifecycle.Scenario, lifecycle.Operations),
            },
            CapabilityCase capability => PredictCapability(host, capability.Number),
            SlotCallsCase calls => PredictSlotCalls(calls),
            CacheCase caches => Predict(host, caches, LineCare.Usual),
            AbortCase aborts => Predict(host, aborts, maintains: true),
            RingCase ring => Predict(host, ring),
            TagCase tags => new Prediction(Name, null, Errno.None, [], []) { TagActs = Tags.Predict(this, host, tags) },
            NestedCase nested => PredictNested(host, nested),
            _ => PredictAttributes(host, (AttributeCase)@case),
        };
    }

    private Prediction PredictCapability(HostFacts host, int number)
    {
        var capability = Array.Find(_capabilities, c => c.Number == number);
        string? outside =
            capability is null ? $"{Name} doesn't have capability {number}"
            : capability.Like is { } like
                ? $"it is what capability {like} is, which depends on what {Name} doesn't have"
            : null;
        return new Prediction(Name, outside, Errno.None, [], [])
        {
            Capability = outside is null
                ? new CapabilityPrediction(capability!, capability!.System(host), capability.OnVm(host))
                : null,
        };
    }

    /// <summary>As <see cref="Predict(HostFacts, Case)"/>, for a CPU that may do no cache maintenance.</summary>
    public Prediction Predict(HostFacts host, AbortCase @case, bool maintains) =>
        new(Name, null, Errno.None, [], []) { AbortActs = Aborts.Predict(this, host, @case, maintains) };

    private Prediction Predict(HostFacts host, RingCase @case)
    {
        var setting = Predict(host, RingCase.Setting, seen: null);
        if (setting.Registration != Errno.None)
            return new Prediction(Name, null, setting.Registration, setting.RegistrationPath, []);
        var state = new RingState();
        return new Prediction(Name, null, Errno.None, [], []) { RingActs = [.. @case.Acts.Select(state.Take)] };
    }

    private Prediction PredictNested(HostFacts host, NestedCase c) =>
        new(
            Name,
            Nested is null ? $"{Name} has no rules for nested virtualization: they were read from 7.2 on" : null,
            Errno.None,
            [],
            []
        )
        {
            NestedActs = Nested?.Predict(this, host, c) ?? [],
        };

    private Prediction PredictSlotCalls(SlotCallsCase c) =>
        c.HasFile && Has(NoGuestMemory)
            ? Refused(Rule(NoGuestMemory))
            : new Prediction(Name, null, Errno.None, [], []) { SlotCalls = [.. Predict(c)] };

    private Prediction Refused(Rule rule) => new(Name, null, ((Effect.Refuse)rule.Effect).Errno, [rule], []);

    private IEnumerable<SlotCallPrediction> Predict(SlotCallsCase c)
    {
        var slots = SlotTable.Empty;
        foreach (var call in c.Calls)
        {
            var check = SlotChecks.Deciding(call, slots);
            var (errno, by) = check.Own is { } own ? (own.Errno, (Statement)own) : Refusal(Rule(check.Name));
            if (errno == Errno.None)
                slots = slots.With(call);
            yield return new SlotCallPrediction(call, errno, by);
        }

        static (Errno, Statement) Refusal(Rule rule) => ((rule.Effect as Effect.Refuse)?.Errno ?? Errno.None, rule);
    }

    private Prediction PredictAttributes(HostFacts host, AttributeCase @case)
    {
        Decide(host, @case, out var decision);
        var accesses = new AccessPrediction[decision.Count];
        for (int i = 0; i < accesses.Length; i++)
            accesses[i] = new AccessPrediction(@case.Accesses[i], decision.Outcome(i), RulesOf(decision.AccessPath(i)));
        return new Prediction(Name, null, decision.Registration, RulesOf(decision.RegistrationPath), accesses)
        {
            Change = decision.Changed
                ? new ChangePrediction(
                    @case.Change!,
                    decision.ChangeErrno,
                    decision.ChangeLeft,
                    RulesOf(decision.ChangePath)
                )
                : null,
        };
    }

    /// <summary>
    /// As <see cref="Predict"/>, for walks of the whole space: without allocation and without text.
    /// </summary>
    public void Decide(HostFacts host, AttributeCase @case, out Decision decision)
    {
        decision = default;
        if (@case.UnsupportedReason is not null)
        {
            decision.Outside = true;
            return;
        }
        var s = new Situation(host, @case);
        (decision.Registration, decision.RegistrationPath) = Register(in s);
        if (decision.Registration != Errno.None)
            return;
        s = Registered(host, @case);
        var accesses = @case.Accesses.Span;
        for (int i = 0; i < accesses.Length; i++)
        {
            ref var end = ref decision.Ends[i];
            s.Operating = @case is GuestCase && i == accesses.Length - 1;
            end = Perform(ref s, accesses[i], ref decision.Fired[i], out RuleSet weighed);
            decision.RulesEvaluated |= weighed;
            decision.Count++;
            if (end.IsLast)
                return;
            if (i == 0 && @case.Change is { } change)
                Make(change, ref s, ref decision);
        }
    }

    /// <summary>The rules of a path, in order.</summary>
    public IReadOnlyList<Rule> RulesOf(RuleSet path) => [.. AllRules.Where((_, i) => path.Contains(i))];

    public override string ToString() => Name;

    /// <summary>Checks every VMA behind the slot, in address order: the first refusal is returned.</summary>
    private (Errno, RuleSet Path) Register(in Situation s)
    {
        if (s.Case.Beside is not { } beside)
            return RegisterOver(in s);
        var other = s;
        other.Backing = beside.Backing;
        var (first, path) = beside.First ? RegisterOver(in other) : RegisterOver(in s);
        if (first != Errno.None)
            return (first, path);
        var (second, secondPath) = beside.First ? RegisterOver(in s) : RegisterOver(in other);
        return second != Errno.None ? (second, secondPath) : (Errno.None, path | secondPath);
    }

    private (Errno, RuleSet Path) RegisterOver(in Situation s)
    {
        RuleSet path = default;
        var rules = _rules[(int)Stage.Registration];
        for (int i = 0; i < rules.Length; i++)
        {
            if (!rules[i].When(in s))
                continue;
            path |= RuleSet.Of(i);
            if (rules[i].Effect is Effect.Refuse refuse)
                return (refuse.Errno, path);
        }
        return (Errno.None, path);
    }

    private void Make(LiveChange change, ref Situation s, ref Decision decision)
    {
        decision.Changed = true;
        (decision.ChangeErrno, decision.ChangePath) = Change(change, ref s);
        decision.ChangeLeft = s.Leaf is { } leaf ? Outcome.Mapped(leaf, s.Unspecified) : Outcome.Unmapped;
    }

    /// <summary>What a change returns, and the rules that fired; the page is as it is after it.</summary>
    internal (Errno Errno, RuleSet Path) Change(LiveChange change, ref Situation s)
    {
        var (errno, path) = (Errno.None, default(RuleSet));
        s.Refused = false;
        if (change.AsksAgain)
        {
            var asked = s;
            asked.Slot = change.Flags(s.Slot);
            asked.SlotExists = change.Kind != ChangeKind.RecreateSlot;
            (errno, path) = Register(in asked);
            s.Refused = errno != Errno.None;
        }
        s.HostStored |= change.Kind == ChangeKind.Store;
        int at = _firstOf[(int)Stage.Change];
        foreach (var rule in _rules[(int)Stage.Change])
        {
            int number = at++;
            if (!rule.When(in s))
                continue;
            path |= RuleSet.Of(number);
            if (rule.Effect is Effect.Refuse refuse)
            {
                errno = refuse.Errno;
                break;
            }
            if (rule.Effect is Effect.Continue go)
                go.Change(ref s);
        }
        if (s.Leaf is null)
            s.Unspecified = Unspecified.None;
        return (errno, path);
    }

    private Outcome Perform(ref Situation s, Access access, ref RuleSet path, out RuleSet weighed)
    {
        s.Access = access;
        weighed = default;
        if (access == Access.ReadNext)
            return Next(ref s, ref path);
        var outcome =
            s.Leaf is { } leaf && Permits(leaf, access)
                ? Outcome.Mapped(leaf, access.Stores() ? Stored(in s, ref weighed) : s.Unspecified)
                : Fault(ref s, ref path);
        if (
            access == Access.Exclusive
            && outcome.Kind == OutcomeKind.Mapped
            && Combination.Of(s.Case.StageOne, outcome.Leaf.Type, s.Host.Fwb) != EffectiveType.NormalWriteBack
        )
            outcome = outcome with { Unspecified = outcome.Unspecified | ExclusiveFault(s, ref path) };
        if (s.Case is GuestCase guest)
            outcome = Special(guest.Use, s, outcome, ref path);
        return outcome;
    }

    /// <summary>
    /// The page after the first: mapped with it if a block was requested, else by its own fault. A block, or the
    /// pages that kvm_pgtable_stage2_map() makes of one, follows the first page in physical memory, wherever the
    /// other pages are.
    /// </summary>
    private Outcome Next(ref Situation s, ref RuleSet path)
    {
        var outcome = Outcome.Mapped(s.Leaf ?? default, s.Unspecified);
        if (s.Leaf is not { Block: true })
        {
            var own = s;
            own.Leaf = null;
            own.Unspecified = Unspecified.None;
            outcome = Fault(ref own, ref path);
            if (own.Leaf is { Block: true })
                (s.Leaf, s.Unspecified) = (own.Leaf, own.Unspecified);
        }
        return outcome is not { Kind: OutcomeKind.Mapped, Leaf.Block: true } || !s.Backing.Scattered ? outcome
            : s.Backing.Apart ? outcome with { Foreign = true }
            : outcome with { Unspecified = outcome.Unspecified | Unspecified.Content };
    }

    /// <summary>
    /// The outcome of a guest operation that ends differently from a plain access. KVM sets HCR_EL2.PTW
    /// (arch/arm64/include/asm/kvm_arm.h, HCR_GUEST_FLAGS): a walk that reads a table in stage-2 Device memory takes
    /// a permission fault, which kvm_is_write_fault() treats as a store; the leaf is made writable, and nothing
    /// changes.
    /// </summary>
    private Outcome Special(GuestUse use, Situation s, Outcome outcome, ref RuleSet path)
    {
        if (
            use.Operation != GuestOperation.Walk
            || s.Access != Access.Read
            || outcome is not { Kind: OutcomeKind.Mapped, Leaf.Type: MemoryType.DeviceNGnRE }
        )
            return outcome;
        s.Access = Access.Write;
        return Fault(ref s, ref path) is { Kind: not OutcomeKind.Mapped } end ? end : Outcome.Stalls;
    }

    /// <summary>
    /// What is open after a store that the leaf permits. If that depended on something, the leaf may also have had to
    /// be relaxed.
    /// </summary>
    private Unspecified Stored(in Situation s, ref RuleSet weighed)
    {
        if ((s.Unspecified & Unspecified.Writable) == 0)
            return s.Unspecified;
        var relaxed = s;
        relaxed.Leaf = s.Leaf!.Value with { Write = false };
        bool same = Fault(ref relaxed, ref weighed).Leaf.Execute == s.Leaf.Value.Execute;
        return (s.Unspecified & ~Unspecified.Writable) | (same ? Unspecified.None : Unspecified.Executable);
    }

    /// <summary>
    /// The page is mapped, but with a type on which the CPU may not support exclusives: then this fault follows.
    /// </summary>
    private Unspecified ExclusiveFault(Situation s, ref RuleSet path)
    {
        s.ExclusiveFault = true;
        return Through(ref s, ref path) switch
        {
            null => Unspecified.ExclusiveStalls,
            { Kind: OutcomeKind.GuestDataAbort } => Unspecified.ExclusiveAborts,
            _ => Unspecified.ExclusiveFails,
        };
    }

    private static bool Permits(Leaf leaf, Access access) =>
        access == Access.Execute ? leaf.Execute : leaf.Write || !access.Stores();

    private Outcome Fault(ref Situation s, ref RuleSet path)
    {
        s.Writable = s.Device = s.ForcedNonCacheable = s.CacheableDeviceMemory = false;
        s.LeafLoose = s.Unspecified;
        s.Unspecified = Unspecified.None;
        s.Draft = default;
        if (Through(ref s, ref path) is { } end)
            return end;
        // A permission fault relaxes the existing leaf, and keeps its MemAttr; a translation fault maps anew, and so
        // does a fault that needs a mapping of another size.
        s.Leaf =
            s.Leaf is { } old && !s.MapsAnew ? old with { Write = s.Draft.Write, Execute = s.Draft.Execute } : s.Draft;
        if (!s.Draft.Write)
            s.Unspecified &= ~Unspecified.Writable;
        return Outcome.Mapped(s.Leaf.Value, s.Unspecified);
    }

    /// <summary>Runs the stages of a fault. Null if no rule ends it.</summary>
    private Outcome? Through(ref Situation s, ref RuleSet path)
    {
        for (var stage = Stage.Abort; stage <= Stage.Map; stage++)
        {
            var rules = _rules[(int)stage];
            for (int i = 0; i < rules.Length; i++)
            {
                if (!rules[i].When(in s))
                    continue;
                path |= RuleSet.Of(_firstOf[(int)stage] + i);
                if (rules[i].Effect is Effect.End end)
                    return end.Outcome;
                if (rules[i].Effect is Effect.Continue go)
                    go.Change(ref s);
            }
        }
        return null;
    }

    private int StageOf(string name)
    {
        for (int i = 0; i < Stages; i++)
            if (Array.Exists(_rules[i], r => r.Name == name))
                return i;
        throw new ArgumentException($"policy {Name} has no rule '{name}'", nameof(name));
    }

    private Policy Edit(string name, Func<Rule[], int, Rule[]> edit)
    {
        int stage = StageOf(name);
        var rules = (Rule[][])_rules.Clone();
        rules[stage] = edit(rules[stage], Array.FindIndex(rules[stage], r => r.Name == name));
        return new Policy(Name, Summary, Basis, rules, _capabilities, _others);
    }
}
