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

    /// <summary>What <see cref="Find"/> accepts, for help.</summary>
    public const string Words =
        "An id, the unique beginning of one, a key, or words of a key that fit one case: 'pfnmap wb read by=vfio'.";

    /// <param name="name">See <see cref="Words"/>.</param>
    /// <exception cref="UsageException">No case, or more than one, matches.</exception>
    /// <exception cref="FilterException">A word is not one of a key.</exception>
    public static Case Find(string name)
    {
        if (AllCases.Find(name) is { } found)
            return found;
        if (AllMigrations.Migrations.FirstOrDefault(m => m.Id == name || m.Key == name) is { } moved)
            throw new UsageException(
                $"'{name}' is a migration: {Hint.Program} migrate {moved.Id} ({Hint.Program} migrate --list lists them)"
            );
        if (!DescribedCases.IsDescription(name))
            throw new UsageException(
                $"no case, or more than one, begins with '{name}' ({Hint.Program} cases --filter {name} lists them)"
            );
        return DescribedCases.Of(name) switch
        {
            [var only] => only,
            [] => throw new UsageException($"no case is '{name}' ({Hint.Program} cases lists them)"),
            var several => throw new UsageException(
                $"{several.Count} cases are '{name}', among them {several[0].Id} ({several[0].Key}) and {several[^1].Id} ({several[^1].Key}): name more of it"
            ),
        };
    }

    /// <summary>The cases that match a filter.</summary>
    /// <exception cref="FilterException">It is invalid.</exception>
    /// <exception cref="UsageException">None matches: a run of nothing would look like success.</exception>
    public static IReadOnlyList<Case> Select(string? filter)
    {
        var parsed = CaseFilter.Parse(filter, AllCases.FilterKeys);
        Case[] cases = [.. CaseSelection.Of(parsed)];
        return cases.Length > 0
            ? cases
            : throw new UsageException(
                $"no case fits the filter '{filter}'{(NothingFits.Because(parsed) is { } why ? $": {why}" : "")} ({Hint.Program} cases lists them)"
            );
    }
}
