namespace Harness.Model;

/// <summary>The stages of the decision, in the order in which the kernel goes through them.</summary>
public enum Stage : byte
{
    /// <summary>Setting the memslot up: KVM_ENABLE_CAP, KVM_CREATE_GUEST_MEMFD, KVM_SET_USER_MEMORY_REGION.</summary>
    Registration,

    /// <summary>From the abort to the memslot: kvm_handle_guest_abort().</summary>
    Abort,

    /// <summary>From the host virtual address to a page: the hva-to-pfn lookup of virt/kvm.</summary>
    Lookup,

    /// <summary>From the page to a leaf: user_mem_abort().</summary>
    Map,
}

/// <summary>
/// One version of the decision: for each stage a list of rules, and what userspace can ask about it. Immutable; a later
/// version is written as the differences from an earlier one.
/// </summary>
public sealed class Policy
{
    private const int Stages = 4;

    /// <summary>A path is a word of bits, one for each rule.</summary>
    private const int MostRules = 64;

    private readonly Rule[][] _rules;
    private readonly Capability[] _capabilities;
    private readonly int[] _firstOf = new int[Stages];

    private Policy(string name, string summary, Policy? basis, Rule[][] rules, Capability[] capabilities)
    {
        Name = name;
        Summary = summary;
        Basis = basis;
        _rules = rules;
        _capabilities = capabilities;
        AllRules = [.. rules.SelectMany(r => r)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AllRules.Count, MostRules, nameof(rules));
        for (int i = 1; i < Stages; i++)
            _firstOf[i] = _firstOf[i - 1] + rules[i - 1].Length;
    }

    /// <summary>"mainline-6.17": named after the first kernel that decides so.</summary>
    public string Name { get; }

    /// <summary>What sets it apart, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>The policy it is written as a difference from, or null.</summary>
    public Policy? Basis { get; }

    /// <summary>All stages' rules, in order.</summary>
    public IReadOnlyList<Rule> AllRules { get; }

    /// <summary>What userspace can ask, by number.</summary>
    public IReadOnlyList<Capability> Capabilities => _capabilities;

    public static Policy New(
        string name, string summary, Rule[] registration, Rule[] abort, Rule[] lookup, Rule[] map, Capability[] capabilities) =>
        new(name, summary, null, [registration, abort, lookup, map], capabilities);

    public IReadOnlyList<Rule> Rules(Stage stage) => _rules[(int)stage];

    /// <exception cref="ArgumentException">There is no rule of that name.</exception>
    public Rule Rule(string name) => Array.Find(_rules[StageOf(name)], r => r.Name == name)!;

    public bool Has(string name) => AllRules.Any(r => r.Name == name);

    /// <summary>The same policy under a new name, to be followed by its differences.</summary>
    public Policy As(string name, string summary) => new(name, summary, this, _rules, _capabilities);

    /// <exception cref="ArgumentException">There is no rule of that name.</exception>
    public Policy Replace(string name, params Rule[] by) => Edit(name, (list, i) => [.. list[..i], .. by, .. list[(i + 1)..]]);

    public Policy Without(string name) => Replace(name);

    public Policy Before(string name, params Rule[] added) => Edit(name, (list, i) => [.. list[..i], .. added, .. list[i..]]);

    public Policy After(string name, params Rule[] added) =>
        Edit(name, (list, i) => [.. list[..(i + 1)], .. added, .. list[(i + 1)..]]);

    /// <summary>A rule and the next one of its stage in each other's place.</summary>
    /// <exception cref="ArgumentException">There is no rule of that name, or none after it in its stage.</exception>
    public Policy Swapped(string name) => Edit(name, (list, i) => i + 1 < list.Length
        ? [.. list[..i], list[i + 1], list[i], .. list[(i + 2)..]]
        : throw new ArgumentException($"'{name}' is the last rule of its stage in policy {Name}", nameof(name)));

    /// <summary>The same rule, found in another function from a release on.</summary>
    public Policy Moved(string name, string function, string since, string? note = null)
    {
        var rule = Rule(name);
        return Replace(name, rule with { Source = new Source(function, rule.Source.File, since, note ?? rule.Source.Note) });
    }

    /// <summary>The same rules, but these capabilities, in place of those of the same number.</summary>
    public Policy Telling(params Capability[] capabilities) => new(Name, Summary, Basis, _rules,
        [.. _capabilities.ExceptBy(capabilities.Select(c => c.Number), c => c.Number).Concat(capabilities).OrderBy(c => c.Number)]);

    /// <summary>Pure and total: every case on every host has an answer.</summary>
    public Prediction Predict(HostFacts host, Case @case)
    {
        if (WhyOutside(host, @case) is { } why)
            return new Prediction(Name, why, Errno.None, [], []);
        Decide(host, @case, out var decision);
        var accesses = new AccessPrediction[decision.Count];
        for (int i = 0; i < accesses.Length; i++)
            accesses[i] = new AccessPrediction(@case.Accesses[i], decision.Outcome(i), RulesOf(decision.AccessPath(i)));
        return new Prediction(Name, null, decision.Registration, RulesOf(decision.RegistrationPath), accesses);
    }

    /// <summary>What <see cref="Predict"/> says, for walks of the whole space: no allocation, no words.</summary>
    public void Decide(HostFacts host, Case @case, out Decision decision)
    {
        decision = default;
        if (host.Mode == KvmMode.Protected || @case.WhyNotBuildable is not null)
        {
            decision.Outside = true;
            return;
        }
        var s = new Situation(host, @case);
        (decision.Registration, decision.RegistrationPath) = Register(in s);
        if (decision.Registration != Errno.None)
            return;
        s.Backing = @case.Backing;
        var accesses = @case.Accesses.Span;
        for (int i = 0; i < accesses.Length; i++)
        {
            ref var end = ref decision.Ends[i];
            end = Perform(ref s, accesses[i], ref decision.Fired[i], out ulong weighed);
            decision.Weighed |= weighed;
            decision.Count++;
            if (end.IsLast)
                return;
        }
    }

    /// <summary>The rules of a path, in order.</summary>
    public IReadOnlyList<Rule> RulesOf(ulong path) => [.. AllRules.Where((_, i) => (path >> i & 1) != 0)];

    public override string ToString() => Name;

    private static string? WhyOutside(HostFacts host, Case @case) => host.Mode == KvmMode.Protected
        ? "in protected mode the hypervisor maps the page, and this policy does not describe it"
        : @case.WhyNotBuildable;

    private (Errno, ulong Path) Register(in Situation s)
    {
        ulong path = 0;
        var rules = _rules[(int)Stage.Registration];
        for (int i = 0; i < rules.Length; i++)
        {
            if (!rules[i].When(in s))
                continue;
            path |= 1ul << i;
            if (rules[i].Effect is Effect.Refuse refuse)
                return (refuse.Errno, path);
        }
        return (Errno.None, path);
    }

    private Outcome Perform(ref Situation s, Access access, ref ulong path, out ulong weighed)
    {
        s.Access = access;
        weighed = 0;
        var outcome = s.Leaf is { } leaf && Permits(leaf, access)
            ? Outcome.Mapped(leaf, access == Access.Write ? Stored(in s, ref weighed) : s.Loose)
            : Fault(ref s, ref path);
        if (access == Access.Exclusive && outcome.Kind == OutcomeKind.Mapped
            && Combination.Of(s.Case.StageOne, outcome.Leaf.Type, s.Host.Fwb) != EffectiveType.NormalWriteBack)
            outcome = outcome with { Loose = outcome.Loose | ExclusiveFault(s, ref path) };
        return outcome;
    }

    /// <summary>
    /// What is open after a store that the leaf permits. If that hung on something, the leaf may also have had to be relaxed.
    /// </summary>
    private Loose Stored(in Situation s, ref ulong weighed)
    {
        if ((s.Loose & Loose.Writable) == 0)
            return s.Loose;
        var relaxed = s;
        relaxed.Leaf = s.Leaf!.Value with { Write = false };
        bool same = Fault(ref relaxed, ref weighed).Leaf.Execute == s.Leaf.Value.Execute;
        return (s.Loose & ~Loose.Writable) | (same ? Loose.None : Loose.Executable);
    }

    /// <summary>The page is mapped, but of a type on which the CPU may not have exclusives: then this fault comes next.</summary>
    private Loose ExclusiveFault(Situation s, ref ulong path)
    {
        s.ExclusiveFault = true;
        return Through(ref s, ref path) switch
        {
            null => Loose.ExclusiveStalls,
            { Kind: OutcomeKind.GuestDataAbort } => Loose.ExclusiveAborts,
            _ => Loose.ExclusiveFails,
        };
    }

    private static bool Permits(Leaf leaf, Access access) => access switch
    {
        Access.Write => leaf.Write,
        Access.Execute => leaf.Execute,
        _ => true,
    };

    private Outcome Fault(ref Situation s, ref ulong path)
    {
        s.Writable = s.Device = s.ForcedNonCacheable = s.CacheableDeviceMemory = false;
        s.LeafLoose = s.Loose;
        s.Loose = Loose.None;
        s.Draft = default;
        if (Through(ref s, ref path) is { } end)
            return end;
        // A permission fault relaxes the leaf it met, and keeps its MemAttr and size; a translation fault maps anew.
        s.Leaf = s.Leaf is { } old ? old with { Write = s.Draft.Write, Execute = s.Draft.Execute } : s.Draft;
        if (!s.Draft.Write)
            s.Loose &= ~Loose.Writable;
        return Outcome.Mapped(s.Leaf.Value, s.Loose);
    }

    /// <summary>The stages of a fault. Null where none of their rules ends it.</summary>
    private Outcome? Through(ref Situation s, ref ulong path)
    {
        for (var stage = Stage.Abort; stage <= Stage.Map; stage++)
        {
            var rules = _rules[(int)stage];
            for (int i = 0; i < rules.Length; i++)
            {
                if (!rules[i].When(in s))
                    continue;
                path |= 1ul << (_firstOf[(int)stage] + i);
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
        return new Policy(Name, Summary, Basis, rules, _capabilities);
    }
}
