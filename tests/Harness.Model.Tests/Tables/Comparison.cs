using Harness.Model.Policies;

namespace Harness.Model.Tests.Tables;

/// <summary>Compares a generation's tables with its policy over the whole space.</summary>
public sealed class Comparison
{
    /// <summary>The maximum number of points kept for each rule on the path.</summary>
    private const int Witnesses = 200;

    private readonly List<(AttributeCase Case, HostFacts Host)> _different = [];
    private readonly List<(AttributeCase Case, HostFacts Host)>[] _witnesses;
    private RuleSet _wanted;

    /// <exception cref="TableException">A table is malformed, or has no row for some point.</exception>
    public Comparison(string path, IReadOnlyList<AttributeCase> cases)
    {
        Tables = new GenerationTables(TableFile.Read(path));
        Policy = PolicyCatalog.Find(Tables.Name)
            ?? throw new TableException($"{path}: there is no policy {Tables.Name}");
        _witnesses = [.. Policy.AllRules.Select(_ => new List<(AttributeCase, HostFacts)>())];
        _wanted = RuleSet.Below(_witnesses.Length);
        HostFacts[] hosts = [.. HostFacts.All];
        ulong[] ofHosts = [.. hosts.Select(h => Inputs.Of(h))];
        foreach (var c in cases)
        {
            ulong ofCase = Inputs.Of(c);
            for (int i = 0; i < hosts.Length; i++)
                Compare(c, hosts[i], Tables.Decide(ofCase | ofHosts[i], c));
        }
    }

    public GenerationTables Tables { get; }

    public Policy Policy { get; }

    /// <summary>The points at which they differ.</summary>
    public IReadOnlyList<(AttributeCase Case, HostFacts Host)> Different => _different;

    /// <summary>
    /// Of the points where both agree and a rule of the policy was on the path: how many another policy decides
    /// differently, and how many of those the tables distinguish.
    /// </summary>
    public (int Changed, int ToldApart) Against(int rule, Policy other)
    {
        int changed = 0,
            apart = 0;
        foreach (var (c, host) in _witnesses[rule])
        {
            Policy.Decide(host, c, out var right);
            other.Decide(host, c, out var wrong);
            if (!right.Equals(wrong))
                changed++;
            if (!Tables.Decide(host, c).Agrees(wrong))
                apart++;
        }
        return (changed, apart);
    }

    /// <summary>
    /// Both decisions for the simplest of the points that differ, with the rows and the rules behind them.
    /// </summary>
    public string Explain()
    {
        var text = new List<string> { $"{_different.Count} points differ; the plainest of them:" };
        foreach (var (c, host) in _different.OrderBy(p => p.Case.Accesses.Count).Take(5))
        {
            var rows = new List<string>();
            var decision = Tables.Decide(host, c, rows);
            var prediction = Policy.Predict(host, c);
            text.Add($"{c.Key} on {host}");
            text.Add($"  tables: {decision}");
            text.AddRange(rows.Select(r => $"    {r}"));
            text.Add($"  policy: {prediction}");
            text.Add($"    registration: {Names(prediction.RegistrationPath)}");
            text.AddRange(prediction.Accesses.Select(a => $"    {CaseText.Word(a.Access)}: {Names(a.Path)}"));
        }
        return string.Join('\n', text);
    }

    private void Compare(AttributeCase c, HostFacts host, in TableDecision decision)
    {
        Policy.Decide(host, c, out var decided);
        if (decision.Agrees(decided))
            Keep(decided.Path & _wanted, c, host);
        else
            _different.Add((c, host));
    }

    private void Keep(RuleSet path, AttributeCase c, HostFacts host)
    {
        for (; !path.IsEmpty; path = path.Except(RuleSet.Of(path.First)))
        {
            int rule = path.First;
            _witnesses[rule].Add((c, host));
            if (_witnesses[rule].Count == Witnesses)
                _wanted = _wanted.Except(RuleSet.Of(rule));
        }
    }

    private static string Names(IReadOnlyList<Rule> path) => string.Join(", ", path.Select(r => r.Name));
}
