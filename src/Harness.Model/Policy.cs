namespace Harness.Model;

/// <summary>The stages of the decision, in the order in which the kernel goes through them.</summary>
public enum Stage : byte
{
    /// <summary>KVM_SET_USER_MEMORY_REGION.</summary>
    Registration,

    /// <summary>From the abort to the memslot: kvm_handle_guest_abort().</summary>
    Abort,

    /// <summary>From the host virtual address to a page: the hva-to-pfn lookup of virt/kvm.</summary>
    Lookup,

    /// <summary>From the page to a leaf: user_mem_abort().</summary>
    Map,
}

/// <summary>
/// One version of the decision: for each stage a list of rules. Immutable; a later version is written as the
/// differences from an earlier one.
/// </summary>
public sealed class Policy
{
    private const int Stages = 4;
    private readonly Rule[][] _rules;

    private Policy(string name, string summary, Policy? basis, Rule[][] rules)
    {
        Name = name;
        Summary = summary;
        Basis = basis;
        _rules = rules;
    }

    /// <summary>"mainline-6.12": named after the first kernel that decides so.</summary>
    public string Name { get; }

    /// <summary>What sets it apart, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>The policy it is written as a difference from, or null.</summary>
    public Policy? Basis { get; }

    public static Policy New(string name, string summary, Rule[] registration, Rule[] abort, Rule[] lookup, Rule[] map) =>
        new(name, summary, null, [registration, abort, lookup, map]);

    public IReadOnlyList<Rule> Rules(Stage stage) => _rules[(int)stage];

    public IEnumerable<Rule> AllRules => _rules.SelectMany(r => r);

    public Rule Rule(string name) => _rules[StageOf(name)][Array.FindIndex(_rules[StageOf(name)], r => r.Name == name)];

    /// <summary>The same policy under a new name, to be followed by its differences.</summary>
    public Policy As(string name, string summary) => new(name, summary, this, _rules);

    /// <exception cref="ArgumentException">There is no rule of that name.</exception>
    public Policy Replace(string name, params Rule[] by) => Edit(name, (list, i) => [.. list[..i], .. by, .. list[(i + 1)..]]);

    public Policy Without(string name) => Replace(name);

    public Policy Before(string name, params Rule[] added) => Edit(name, (list, i) => [.. list[..i], .. added, .. list[i..]]);

    public Policy After(string name, params Rule[] added) =>
        Edit(name, (list, i) => [.. list[..(i + 1)], .. added, .. list[(i + 1)..]]);

    /// <summary>The same rule, found in another function from a release on.</summary>
    public Policy Moved(string name, string function, string since, string? note = null)
    {
        var rule = Rule(name);
        return Replace(name, rule with { Source = new Source(function, rule.Source.File, since, note ?? rule.Source.Note) });
    }

    /// <summary>Pure and total: every case on every host has an answer.</summary>
    public Prediction Predict(HostFacts host, Case @case)
    {
        if (host.Mode == KvmMode.Protected)
            return Outside("in protected mode the hypervisor maps the page, and this policy does not describe it");
        if (@case.Backing.WhyNotBuildable is { } why)
            return Outside(why);

        var s = new Situation(host, @case);
        var registrationPath = new List<Rule>();
        foreach (var rule in _rules[(int)Stage.Registration])
        {
            if (!rule.When(in s))
                continue;
            registrationPath.Add(rule);
            if (rule.Effect is Effect.Refuse refuse)
                return new Prediction(Name, null, refuse.Errno, registrationPath, []);
        }

        var accesses = new List<AccessPrediction>();
        foreach (var access in @case.Accesses.Span)
        {
            var path = new List<Rule>();
            s.Access = access;
            var outcome = Permits(s.Leaf, access) ? Outcome.Mapped(s.Leaf!.Value, s.WritableOrNot && access != Access.Write) : Fault(ref s, path);
            accesses.Add(new AccessPrediction(access, outcome, path));
            if (outcome.Kind == OutcomeKind.RunFails)
                break;
        }
        return new Prediction(Name, null, Errno.None, registrationPath, accesses);
    }

    public override string ToString() => Name;

    private Prediction Outside(string why) => new(Name, why, Errno.None, [], []);

    private static bool Permits(Leaf? leaf, Access access) => leaf is { } l && access switch
    {
        Access.Write => l.Write,
        Access.Execute => l.Execute,
        _ => true,
    };

    private Outcome Fault(ref Situation s, List<Rule> path)
    {
        s.Writable = s.WritableOrNot = s.Device = s.ForcedNonCacheable = false;
        s.Draft = default;
        for (var stage = Stage.Abort; stage <= Stage.Map; stage++)
        {
            foreach (var rule in _rules[(int)stage])
            {
                if (!rule.When(in s))
                    continue;
                path.Add(rule);
                if (rule.Effect is Effect.End end)
                    return end.Outcome;
                if (rule.Effect is Effect.Continue go)
                    go.Change(ref s);
            }
        }
        // A permission fault relaxes the leaf it met (kvm_pgtable_stage2_relax_perms adds, never removes, and keeps
        // MemAttr); a translation fault maps anew.
        s.Leaf = s.Leaf is { } old
            ? old with { Write = old.Write || s.Draft.Write, Execute = old.Execute || s.Draft.Execute }
            : s.Draft;
        return Outcome.Mapped(s.Leaf.Value, s.WritableOrNot && s.Draft.Write);
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
        return new Policy(Name, Summary, Basis, rules);
    }
}
