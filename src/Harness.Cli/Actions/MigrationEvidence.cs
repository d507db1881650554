using System.Globalization;
using System.Text.Json.Nodes;
using Harness.Protocol;
using Harness.Reports;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Packs one migration of a stored run: both hosts, the prediction, and all observations.</summary>
internal static class MigrationEvidence
{
    /// <exception cref="UsageException">The run has no such migration, or it has no observation.</exception>
    public static int Pack(ResultStore store, RunSummary run, EvidenceRequest request, HarnessConsole console)
    {
        var pairs = run
            .Hosts.Where(h =>
                request.Target is null
                || h.Host.Target == request.Target
                || h.Host.Source == request.Target
                || h.Host.Destination == request.Target
            )
            .ToList();
        if (pairs.Count == 0)
            throw new UsageException(
                $"run {run.Run.Id} has no pair '{request.Target}' (it has: {string.Join(", ", run.Hosts.Select(h => h.Host.Target))})"
            );
        var (pair, row, observations) = EvidenceAction.Find(store, run, pairs, request);
        var sides = pair.Host.Sides!;
        var became = store.Migrations(run.Run.Id).Single(m => m.Host == row.Host && m.CaseId == row.CaseId).Migration;
        (string, string)[] files =
        [
            ("README.txt", Page(run, row)),
            ("destination.json", EvidenceFiles.Json(EvidenceFiles.Host(sides.Destination))),
            ("kernel-log.txt", EvidenceFiles.KernelLog([.. observations.Select(StoredJson.ReadObservation)])),
            ("migration.json", EvidenceFiles.Json(Result(row, became))),
            .. observations.Select(
                (o, i) => (string.Create(CultureInfo.InvariantCulture, $"observation-{i + 1}.json"), o + "\n")
            ),
            ("run.json", EvidenceFiles.Json(EvidenceFiles.Run(run))),
            ("source.json", EvidenceFiles.Json(EvidenceFiles.Host(sides.Source))),
        ];
        return EvidenceAction.Write(run, row, files, request, console);
    }

    private static JsonObject Result(ResultRow row, MigrationRecord? became)
    {
        var json = EvidenceFiles.Result(row);
        if (became is not null)
            json["migration"] = new JsonObject
            {
                ["stage"] = became.Stage,
                ["errno"] = became.Errno,
                ["sourceLeaf"] = became.SourceLeaf,
                ["destinationLeaf"] = became.DestinationLeaf,
                ["violation"] = became.Violation,
                ["violationRule"] = became.ViolationRule,
                ["refusedRegisters"] = became.RefusedRegisters,
                ["bytes"] = became.Bytes,
            };
        return json;
    }

    private static string Page(RunSummary run, ResultRow row) =>
        Printable.Of(
            $"""
            {row.CaseId} from {row.Target}, {row.Verdict} in run {run.Run.Id}
            {row.Title}

            predicted  {row.Predicted}
            observed   {row.Observed}
            reason     {row.Reason}
            rule       {row.Rule} of {row.Policy}: {row.RuleSource}

            migration.json is the result, source.json and destination.json are the two hosts. Observations are of the source's
            program and then of the destination's, once for each attempt, as sent by the probes, without the content of pages.
            kernel-log.txt has the kernels' logs meanwhile.

            There is no C program: a migration needs two hosts and the state sent between them. This repeats it:

                {RerunCommand.Of(run, row)}

            """,
            keepLines: true
        );
}
