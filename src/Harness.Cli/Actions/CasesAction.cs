using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Model;

namespace Harness.Cli.Actions;

internal static class CasesAction
{
    public static Task<int> ExecuteAsync(CasesRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var abilities = request.Target is { } target
            ? KnownTarget.Profile(target.Name, request.Database).Abilities
            : null;
        var asked = Select(request.Filter)
            .ToLookup(c => abilities is null ? null : CaseCompiler.NotRunnableReason(c, abilities));
        if (request.Json)
        {
            foreach (var c in asked[null])
                JsonLine.Write(console.Out, AllCases.Attributes(c));
            return Task.FromResult(ExitCodes.Ok);
        }
        var report = console.Report();
        foreach (var c in asked[null])
            report.Line($"{c.Id}  {c.Key}");
        foreach (var why in asked.Where(g => g.Key is not null))
            report.Line($"{why.Count(), 6}  not on {request.Target!.Name}: {why.Key}");
        report.Line(
            $"{asked[null].Count()} of {AllCases.Cases.Count} cases; of the full product, impossible on any machine:"
        );
        foreach (var (reason, count) in CaseSpace.NotBuildable)
            report.Line($"{count, 6}  {reason}");
        return Task.FromResult(ExitCodes.Ok);
    }

    /// <param name="name">An id, the unique beginning of one, or a key.</param>
    /// <exception cref="UsageException">No case, or more than one, matches.</exception>
    public static Case Find(string name) =>
        AllCases.Find(name)
        ?? throw new UsageException(
            AllMigrations.Migrations.FirstOrDefault(m => m.Id == name || m.Key == name) is { } moved
                ? $"'{name}' is a migration: harness migrate {moved.Id} (harness migrate --list lists them)"
                : $"no case, or more than one, begins with '{name}' (harness cases lists them)"
        );

    /// <summary>The cases that match a filter.</summary>
    /// <exception cref="FilterException">It is invalid.</exception>
    /// <exception cref="UsageException">None matches: a run of nothing would look like success.</exception>
    public static IReadOnlyList<Case> Select(string? filter)
    {
        Case[] cases = [.. CaseSelection.Of(CaseFilter.Parse(filter, AllCases.FilterKeys))];
        return cases.Length > 0
            ? cases
            : throw new UsageException($"no case fits the filter '{filter}' (harness cases lists them)");
    }
}
