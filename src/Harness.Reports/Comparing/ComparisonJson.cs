using System.Text.Json;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>
/// A comparison for programs: one JSON object per line, each with a "type": comparison, hosts, groups each followed by
/// its cases, total.
/// </summary>
public sealed class ComparisonJson(TextWriter writer)
{
    private readonly JsonLines _lines = new(writer);

    public void Write(Comparison comparison, RunSummary before, RunSummary after)
    {
        _lines.Line("comparison", json =>
        {
            json.WriteString("before", before.Run.Id);
            json.WriteString("after", after.Run.Id);
            json.WriteBoolean("comparable", comparison.Pairs.Any() && comparison.AreComparable);
        });
        foreach (var host in comparison.Hosts)
            _lines.Line("compared-host", json => Host(json, host));
        foreach (var group in comparison.Groups)
        {
            _lines.Line("change-group", json =>
            {
                json.WriteString("kind", ChangeWords.Word(group.Kind));
                json.WriteString("from", group.From);
                json.WriteString("to", group.To);
                json.WriteString("rule", group.Rule);
                json.WriteString("reason", group.Reason);
                json.WriteString("changed", Who(group.Who));
                json.WriteNumber("cases", group.Cases);
                JsonLines.Counts(json, "targets", group.Targets.OrderBy(t => t.Key, StringComparer.Ordinal));
            });
            foreach (var change in group.Examples)
                _lines.Line("change", json => Change(json, change));
        }
        foreach (var change in comparison.Properties)
            _lines.Line("property-change", json => Property(json, change));
        _lines.Line("compared-total", json =>
        {
            json.WriteNumber("compared", comparison.Compared);
            JsonLines.Counts(
                json,
                "changes",
                Enum.GetValues<ChangeKind>()
                    .Select(kind => KeyValuePair.Create(ChangeWords.Word(kind), comparison.Count(kind)))
            );
        });
    }

    private static void Host(Utf8JsonWriter json, HostComparison host)
    {
        json.WriteString("target", host.Target);
        json.WriteString("before", host.Before?.Run.Id);
        json.WriteString("after", host.After?.Run.Id);
        json.WriteNumber("shared", host.Shared);
        json.WriteNumber("compared", host.Compared);
        json.WriteNumber("redecided", host.Redecided);
        JsonLines.Objects(json, "unlike", host.Unlike, unlike =>
        {
            json.WriteString("what", unlike.What);
            json.WriteString("before", unlike.Before);
            json.WriteString("after", unlike.After);
        });
        JsonLines.Objects(json, "transitions", host.Transitions, t =>
        {
            json.WriteString("from", t.Before);
            json.WriteString("to", t.After);
            json.WriteNumber("cases", t.Cases);
        });
    }

    private static void Property(Utf8JsonWriter json, PropertyChange change)
    {
        json.WriteString("name", change.Name);
        json.WriteString("says", change.Says);
        json.WriteString("kind", change.IsNew ? "new" : "gone");
        json.WriteNumber("cases", change.Cases);
        json.WriteNumber("predicted", change.Predicted);
        JsonLines.Counts(json, "targets", change.Targets.OrderBy(t => t.Key, StringComparer.Ordinal));
        json.WriteString("case", change.CaseId);
        json.WriteString("title", change.Title);
        json.WriteString("target", change.Target);
    }

    private static void Change(Utf8JsonWriter json, CaseChange change)
    {
        json.WriteString("kind", ChangeWords.Word(change.Kind));
        json.WriteString("changed", Who(change.Who));
        json.WriteString("target", change.Target);
        json.WriteString("case", change.CaseId);
        json.WriteString("class", change.Class);
        json.WriteString("title", change.Title);
        Side(json, "before", change.Before);
        Side(json, "after", change.After);
    }

    private static void Side(Utf8JsonWriter json, string name, JudgedCase? side)
    {
        if (side is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteString("verdict", side.Verdict);
        json.WriteString("culprit", side.Culprit);
        json.WriteString("reason", side.Reason);
        json.WriteString("policy", side.Policy);
        json.WriteString("rule", side.Rule);
        json.WriteString("ruleSource", side.RuleSource);
        json.WriteString("predicted", side.Predicted);
        json.WriteString("observed", side.Observed);
        json.WriteString("known", side.Known);
        json.WriteEndObject();
    }

    private static string Who(ChangedSide who) => who.ToString().ToLowerInvariant();
}
