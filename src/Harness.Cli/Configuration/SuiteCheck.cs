using System.Globalization;
using System.Text.Json;
using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Cli.Actions;

namespace Harness.Cli.Configuration;

/// <summary>
/// Checks of a suite that the types alone can't express: its names are known, its filters are valid, each host is there
/// once, and there is at least one.
/// </summary>
/// <param name="check">Collects the errors.</param>
/// <param name="targets">The known names.</param>
/// <param name="cpus">The known names.</param>
internal sealed class SuiteCheck(SchemaCheck check, IReadOnlyList<string> targets, IReadOnlyList<string> cpus)
{
    /// <summary>The place where each host was first named.</summary>
    private readonly Dictionary<string, string> _hosts = [];

    public void Check(JsonSpot suite, string path)
    {
        if (suite.Kind is not JsonTokenType.StartObject)
            return;
        Hosts(suite, path);
        var asked = suite.Member("pairs");
        bool pairs = asked?.Kind is JsonTokenType.True;
        FilterCheck.Check(check, suite, "filter", path, pairs);
        Policy(suite, path);
        if (pairs && path == SchemaCheck.Join("suites", "default"))
            check.Fault(
                asked!.Line,
                SchemaCheck.Join(path, "pairs"),
                "a run without arguments takes this suite, and runs cases on each host alone (allowed: pairs in a suite of another name)"
            );
        var groups = suite.Member("groups")?.Items ?? [];
        for (int i = 0; i < groups.Count; i++)
        {
            string at = $"{SchemaCheck.Join(path, "groups")}[{i}]";
            if (groups[i].Kind is JsonTokenType.StartObject && !HasHosts(groups[i]))
                check.Fault(groups[i].Line, at, "the group has no hosts (allowed: 'targets', 'matrix', or both)");
            // A migration has two hosts: a group's filter would not define the migrations between its hosts and
            // another's.
            if (pairs && groups[i].Member("filter") is { Kind: not JsonTokenType.Null } filter)
                check.Fault(
                    filter.Line,
                    SchemaCheck.Join(at, "filter"),
                    "with 'pairs' all hosts run the same migrations (allowed: the suite's 'filter' alone)"
                );
            Hosts(groups[i], at);
            if (!pairs)
                FilterCheck.Check(check, groups[i], "filter", at, pairs);
        }
        if (!HasHosts(suite) && suite.Member("groups") is null)
            check.Fault(suite.Line, path, "the suite has no hosts (allowed: 'targets', 'matrix', 'groups')");
    }

    private void Policy(JsonSpot suite, string path)
    {
        if (
            suite.Member("policy") is { Kind: JsonTokenType.String } policy
            && PolicyNames.FaultOf(policy.Text) is { } fault
        )
            check.Fault(policy.Line, SchemaCheck.Join(path, "policy"), fault);
    }

    private static bool HasHosts(JsonSpot of) =>
        of.Member("targets") is not null || of.Member("matrix") is { Kind: not JsonTokenType.Null };

    private void Hosts(JsonSpot of, string path)
    {
        string list = SchemaCheck.Join(path, "targets");
        Names(of.Member("targets"), list, "a target", targets, (name, line, at) => Add(name, line, list, at));
        if (of.Member("matrix") is { Kind: JsonTokenType.StartObject } matrix)
            Expand(matrix, SchemaCheck.Join(path, "matrix"));
    }

    private void Expand(JsonSpot matrix, string path)
    {
        var axes = new Dictionary<string, List<string>>
        {
            ["tracks"] = [],
            ["cpus"] = [],
            ["modes"] = [],
        };
        foreach (var (axis, values) in axes)
            Names(
                matrix.Member(axis),
                SchemaCheck.Join(path, axis),
                "one of 'cpus'",
                axis == "cpus" ? cpus : null,
                (name, line, at) =>
                {
                    if (values.Contains(name))
                        check.Fault(line, at, $"\"{name}\" is listed twice");
                    else
                        values.Add(name);
                }
            );
        if (matrix.Member("modes") is null)
            axes["modes"].Add(Matrix.Word(KvmModeChoice.Vhe));
        var except = (matrix.Member("except")?.Items ?? []).Where(e => e.Kind is JsonTokenType.String).ToList();
        var names = Matrix.Names(axes["tracks"], axes["cpus"], axes["modes"], [.. except.Select(e => e.Text)]).ToList();
        foreach (string name in names)
            Add(name, matrix.Line, path, path);
        var all = Matrix.Names(axes["tracks"], axes["cpus"], axes["modes"], []).ToList();
        if (names.Count == 0 && all.Count > 0)
            check.Fault(matrix.Line, SchemaCheck.Join(path, "except"), "it leaves no host");
        // A pattern without a match is a typing error: the host that it was meant for would run.
        for (int i = 0; i < except.Count; i++)
            if (!all.Exists(n => Matrix.Fits(n, except[i].Text)))
                check.Fault(
                    except[i].Line,
                    $"{SchemaCheck.Join(path, "except")}[{i}]",
                    $"{except[i].Shown} fits no host of the matrix"
                );
    }

    private void Names(
        JsonSpot? list,
        string path,
        string what,
        IReadOnlyList<string>? known,
        Action<string, int, string> each
    )
    {
        var items = list?.Items ?? [];
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Kind is not JsonTokenType.String)
                continue;
            if (known is not null && !known.Contains(items[i].Text))
                check.Fault(
                    items[i].Line,
                    $"{path}[{i}]",
                    $"{items[i].Shown} is not {what}{NearestWord.Hint(items[i].Text, known)} (allowed: {string.Join(", ", known)})"
                );
            else
                each(items[i].Text, items[i].Line, $"{path}[{i}]");
        }
    }

    private void Add(string host, int line, string list, string path)
    {
        if (_hosts.TryAdd(host, list))
            return;
        check.Fault(
            line,
            path,
            _hosts[host] == list
                ? $"\"{host}\" is listed twice"
                : $"{host} is in {_hosts[host]} already: a host runs once"
        );
    }
}
