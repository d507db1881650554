using Harness.Cli.Configuration;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class ExplainAction
{
    public static Task<int> ExecuteAsync(ExplainRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var c = CasesAction.Find(request.Case);
        List<Policy> policies = [.. request.Policies.Distinct().Select(p => PolicyNames.Find(p)!)];
        var report = console.Report();
        if (request.Target is { } target)
        {
            var profile = KnownTarget.Profile(target.Name, request.Database);
            if (policies.Count == 0)
                policies.Add(PolicyNames.Of(profile));
            if (request.Json)
            {
                ExplainJson.Write(console.Out, c, policies, [profile.Host]);
                return Task.FromResult(ExitCodes.Ok);
            }
            var text = Begin(c, policies, report);
            text.Write(
                profile.Host,
                c,
                $"on {target.Name}, {profile.Release} ({profile.Host})",
                target.Target is QemuTargetConfiguration
            );
            return Task.FromResult(ExitCodes.Ok);
        }
        var kinds = HostKinds.Of(c, policies, request.On ?? HostFacts.Of(c));
        if (request.Json)
        {
            foreach (var kind in kinds)
                ExplainJson.Write(console.Out, c, policies, kind);
            return Task.FromResult(ExitCodes.Ok);
        }
        var all = Begin(c, policies, report);
        for (int i = 0; i < kinds.Count; i++)
        {
            all.Write(kinds[i][0], c, HostKinds.Where(kinds, i, all: request.On is null), underTcg: false);
        }
        return Task.FromResult(ExitCodes.Ok);
    }

    private static ExplainText Begin(Case c, List<Policy> policies, ReportWriter report)
    {
        report.Line((c.Id, TextTone.Strong), ("  " + c.Key, TextTone.Plain));
        var text = new ExplainText(report, policies[0], policies.ElementAtOrDefault(1));
        text.WriteTitle();
        return text;
    }
}
