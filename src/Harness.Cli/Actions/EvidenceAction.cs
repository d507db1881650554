using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Packs one result of a stored run. Everything is read and generated before the archive is started.</summary>
internal static class EvidenceAction
{
    /// <summary>A shorter id would be ambiguous.</summary>
    private const int ShortestId = 4;

    public static Task<int> ExecuteAsync(EvidenceRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var store = ResultStore.Open(request.Database);
        var stored = StoredRuns.Find(store, request.Run);
        if (stored.Hosts.Any(h => h.Host.Sides is not null))
            return Task.FromResult(MigrationEvidence.Pack(store, stored, request, console));
        var evidence = Find(store, stored, request);
        return Task.FromResult(Write(evidence.Run, evidence.Row, EvidenceFiles.Of(evidence), request, console));
    }

    /// <summary>Writes the archive of a result.</summary>
    public static int Write(
        RunSummary run,
        ResultRow row,
        IReadOnlyList<(string Name, string Text)> files,
        EvidenceRequest request,
        HarnessConsole console
    )
    {
        string name = $"evidence-{row.CaseId}-{FileName(row.Target)}";
        string path = request.Output ?? Path.Combine(console.Directory, name + ".tar.gz");
        NewFile.Write(path, stream => TarArchive.Write(stream, name, files, row.StoredUtc ?? run.Run.StartedUtc));
        console.Error.WriteLine(
            Reports.Printable.Of($"{path}: {row.Verdict} of {row.CaseId} on {row.Target}, {files.Count} files")
        );
        return ExitCodes.Ok;
    }

    private static StoredEvidence Find(ResultStore store, RunSummary run, EvidenceRequest request)
    {
        var (host, row, observations) = Find(store, run, StoredRuns.Hosts(run, request.Target), request);
        string of = $"run {run.Run.Id}";
        var c = AllCases.WithKey(row.Title)
            ?? throw new UsageException($"{row.CaseId} is no case of this version of the harness: {row.Title}");
        var policy = PolicyCatalog.Find(row.Policy ?? host.Host.Policy ?? "")
            ?? throw new UsageException(
                $"the policy '{row.Policy ?? host.Host.Policy}' of {of} is not available in this version of the harness"
            );
        return new StoredEvidence(
            run,
            host,
            row,
            c,
            policy,
            FactsReader.Read(Messages.ReadFields(host.Host.Facts!)),
            observations
        );
    }

    /// <summary>Finds the requested result, which must have an observation.</summary>
    /// <param name="hosts">The candidate hosts of the run.</param>
    public static (HostSummary Host, ResultRow Row, IReadOnlyList<string> Observations) Find(
        ResultStore store,
        RunSummary run,
        IReadOnlyList<HostSummary> hosts,
        EvidenceRequest request
    )
    {
        string of = $"run {run.Run.Id}";
        var rows = store
            .Results(run.Run.Id)
            .Where(r =>
                r.Title == request.Case
                || (
                    request.Case.Length >= ShortestId
                    && r.CaseId.StartsWith(request.Case, StringComparison.OrdinalIgnoreCase)
                )
            )
            .Where(r => hosts.Any(h => h.Id == r.Host))
            .ToList();
        if (rows.Select(r => r.CaseId).Distinct().Count() > 1)
            throw new UsageException(
                $"{of} has several cases that begin with '{request.Case}': {string.Join(", ", rows.Select(r => r.CaseId).Distinct().Take(3))}"
            );
        var row = rows switch
        {
            [] => throw new UsageException(
                $"{of} has no case '{request.Case}'{(request.Target is null ? "" : $" on {request.Target}")}"
            ),
            [var only] => only,
            _ when rows.Where(r => r.Attempts > 0).ToList() is [var only] => only,
            _ => throw new UsageException(
                $"{of} has the case on {string.Join(", ", rows.Select(r => r.Target))}: say which with --target"
            ),
        };
        var host = hosts.Single(h => h.Id == row.Host);
        string[] observations = [.. store.Observations(row.Host, row.CaseId)];
        if (observations.Length == 0)
            throw new UsageException(
                $"{of} saw nothing of {row.CaseId} on {row.Target}: {row.Verdict}{(row.Reason is null ? "" : $", {row.Reason}")}"
            );
        return (host, row, observations);
    }

    /// <summary>"7.2/max/vhe" is a target, but not a valid file name.</summary>
    private static string FileName(string target) =>
        string.Concat(target.Select(ch => char.IsAsciiLetterOrDigit(ch) || ch is '.' or '_' or '-' ? ch : '-'))
            .TrimStart('.');
}

/// <summary>A result with everything that belongs to it.</summary>
internal sealed record StoredEvidence(
    RunSummary Run,
    HostSummary Host,
    ResultRow Row,
    Case Case,
    Policy Policy,
    HostProfile Profile,
    IReadOnlyList<string> Observations
);
