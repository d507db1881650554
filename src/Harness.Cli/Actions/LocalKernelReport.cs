using Harness.Cases;
using Harness.Images;
using Harness.Model;

namespace Harness.Cli.Actions;

/// <summary>Prints what a run on the user's own kernel will not show, before it begins.</summary>
internal static class LocalKernelReport
{
    public static void Print(
        LocalKernel kernel,
        LocalKernelNotes notes,
        IReadOnlyList<Case> cases,
        HarnessConsole console
    )
    {
        void Line(string what) => console.Error.WriteLine($"harness: {Reports.Printable.Of(what)}");

        if (notes.NoExporter is { } why)
        {
            int lost = cases.Count(CaseCompiler.NeedsExporter);
            Line($"{kernel.Path} ({notes.Release}) has no exporter module: {why}");
            Line(
                $"  without it {lost} of {cases.Count} cases are skipped, those of driver memory, and no stage-2 descriptor is read"
            );
        }
        if (notes.Lacking.Count > 0)
        {
            Line($"{notes.Configuration} has options not set that cases need:");
            foreach (var costs in notes.Lacking.GroupBy(o => o.Costs))
                Line($"  {string.Join(", ", costs.Select(o => o.Name))}: {costs.Key}");
        }
    }
}
