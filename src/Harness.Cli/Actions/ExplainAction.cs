using Harness.Cli.Configuration;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reports;
using Harness.Runs.Facts;

namespace Harness.Cli.Actions;

/// <summary>Explains one case, or those that a filter accepts.</summary>
internal sealed class ExplainAction
{
    private readonly ExplainRequest _request;
    private readonly List<Policy> _policies;
    private readonly HostProfile? _profile;
    private readonly ReportWriter _report;

    private ExplainAction(ExplainRequest request, HarnessConsole console)
    {
        _request = request;
        _report = console.Report();
        _policies = [.. request.Policies.Distinct().Select(p => PolicyNames.Find(p)!)];
        _profile = request.Target is { } target ? KnownTarget.Profile(target.Name, request.Database) : null;
        if (_policies.Count == 0)
            _policies.Add(_profile is null ? PolicyCatalog.Newest : PolicyNames.Of(_profile));
    }

    public static Task<int> ExecuteAsync(ExplainRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var cases = request.Case is { } name ? [CasesAction.Find(name)] : CasesAction.Select(request.Filter);
        var action = new ExplainAction(request, console);
        if (request.Json)
            action.WriteJson(cases, console.Out);
        else if (cases is [var only])
            action.WriteOne(only);
        else
            action.WriteGroups(cases);
        return Task.FromResult(ExitCodes.Ok);
    }

    private IReadOnlyList<HostFacts> Hosts(Case c) =>
        _profile is null ? _request.On ?? HostFacts.Of(c) : [_profile.Host];

    private void WriteJson(IReadOnlyList<Case> cases, TextWriter output)
    {
        foreach (var c in cases)
        foreach (var kind in HostKinds.Of(c, _policies, Hosts(c)))
            ExplainJson.Write(output, c, _policies, kind);
    }

    private void WriteOne(Case c)
    {
        Name(c);
        var text = new ExplainText(_report, _policies[0], _policies.ElementAtOrDefault(1));
        text.WriteTitle();
        if (_request is { Policies.Count: 0, Target: null })
            _report.Line("(the newest mainline policy; --policy names another)", TextTone.Faint);
        Write(text, c);
    }

    private void WriteGroups(IReadOnlyList<Case> cases)
    {
        var groups = CaseGroup.Of(cases, _policies, Hosts);
        int shown = Math.Min(_request.Limit ?? CaseGroup.UsualLimit, groups.Count);
        _report.Line(
            $"{CaseGroup.Count(cases.Count)} fit '{_request.Filter}'; {string.Join(" and ", _policies.Select(p => p.Name))} "
                + (
                    groups.Count == 1
                        ? "decides all of them by the same rules"
                        : $"decide{(_policies.Count == 1 ? "s" : "")} them in {groups.Count} ways"
                ),
            TextTone.Strong
        );
        var text = new ExplainText(_report, _policies[0], _policies.ElementAtOrDefault(1));
        for (int i = 0; i < shown; i++)
        {
            _report.Line();
            _report.Line($"{i + 1}. {CaseGroup.Count(groups[i].Cases.Count)}", TextTone.Strong);
            var example = groups[i].Cases[0];
            Name(example);
            if (_policies.Count == 2)
                text.WriteTitle();
            Write(text, example);
            groups[i].WriteOthers(_report);
        }
        if (shown == groups.Count)
            return;
        _report.Line();
        _report.Line(
            $"{groups.Count - shown} more ways, of {CaseGroup.Count(groups.Skip(shown).Sum(g => g.Cases.Count))}, are not shown (--limit {groups.Count} shows all)",
            TextTone.Faint
        );
    }

    private void Name(Case c)
    {
        _report.Line((c.Id, TextTone.Strong), ("  " + c.Key, TextTone.Plain));
        foreach (string line in Wrapping.Lines("  ", CaseSentence.Of(c), hanging: 0))
            _report.Line(line, TextTone.Faint);
    }

    private void Write(ExplainText text, Case c)
    {
        if (_profile is not null)
        {
            text.Write(
                _profile.Host,
                c,
                $"on {_request.Target!.Name}, {_profile.Release} ({_profile.Host})",
                _request.Target.Target is QemuTargetConfiguration
            );
            return;
        }
        var kinds = HostKinds.Of(c, _policies, Hosts(c));
        for (int i = 0; i < kinds.Count; i++)
            text.Write(kinds[i][0], c, HostKinds.Where(kinds, i, all: _request.On is null), underTcg: false);
    }
}
