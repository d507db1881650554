using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reports;
using Harness.Runs;
using Harness.Store;
using Harness.Wire;

namespace Harness.Cli.Actions;

internal static class ExplainAction
{
    /// <summary>With a policy alone, it is explained for every kind of host that the decision tells apart.</summary>
    private static readonly HostFacts[] Kinds = [new(true, true), new(true, false), new(false, false)];

    public static Task<int> ExecuteAsync(ExplainRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var c = CaseSpace.Find(request.Case)
            ?? throw new UsageException($"no case, or more than one, begins with '{request.Case}' (harness cases lists them)");
        var report = console.Report();
        report.Line((c.Id, Ink.Strong), ("  " + c.Key, Ink.Plain));
        var policy = PolicyNames.Find(request.Policy);
        if (request.Target is { } target)
        {
            var profile = Stored(target.Name, request.Database);
            Explain(report, profile.Host, c, policy ?? PolicyCatalog.ForRelease(profile.Release)
                ?? throw new UsageException($"no policy is known for kernel {profile.Release}: name one with --policy"), $"{target.Name}, {profile.Release}: ");
        }
        else
        {
            foreach (var host in Kinds)
                Explain(report, host, c, policy!, "");
        }
        return Task.FromResult(ExitCodes.Ok);
    }

    private static void Explain(ReportWriter report, HostFacts host, Case c, Policy policy, string where)
    {
        var prediction = policy.Predict(host, c);
        report.Line();
        report.Line($"{where}{host}, under {policy.Name}");
        if (prediction.Outside is not null)
        {
            report.Line($"  {prediction}");
            return;
        }
        report.Line("  KVM_SET_USER_MEMORY_REGION");
        Path(report, prediction.RegistrationPath);
        report.Line(($"    => {(prediction.Registration == Errno.None ? "registered" : prediction.Registration.ToString())}", Ink.Strong));
        foreach (var access in prediction.Accesses)
        {
            report.Line($"  {CaseText.Word(access.Access)}");
            if (access.Path.Count == 0)
                report.Line("    the leaf that is there allows it: no fault");
            Path(report, access.Path);
            report.Line(($"    => {access.Outcome}", Ink.Strong));
        }
    }

    private static void Path(ReportWriter report, IReadOnlyList<Rule> path)
    {
        foreach (var rule in path)
        {
            report.Line($"    {rule.Name}: {rule.Says}");
            report.Line(($"        {rule.Source}", Ink.Faint));
        }
    }

    /// <summary>What the target was when it last ran.</summary>
    private static HostProfile Stored(string target, string database)
    {
        string? facts = File.Exists(database)
            ? ResultStore.Open(database).Runs().SelectMany(r => r.Hosts).FirstOrDefault(h => h.Host.Target == target && h.Host.Facts is not null)?.Host.Facts
            : null;
        return facts is null
            ? throw new UsageException($"{database} holds no run on target '{target}', so its facts are not known: run it first, or explain with --policy")
            : FactsReader.Read(Codec.ReadFields(facts));
    }
}
