using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Packs one result of a stored run. Everything is read and made before the archive is begun.</summary>
internal static class EvidenceAction
{
    /// <summary>An id as short as this may be any case's.</summary>
    private const int ShortestId = 4;

    public static Task<int> ExecuteAsync(EvidenceRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var evidence = Find(request);
        string name = $"evidence-{evidence.Case.Id}-{FileName(evidence.Row.Target)}";
        string path = request.Output ?? Path.Combine(console.Directory, name + ".tar.gz");
        var files = EvidenceFiles.Of(evidence);
        var time = evidence.Row.StoredUtc ?? evidence.Run.Run.StartedUtc;
        NewFile.Write(path, stream => TarArchive.Write(stream, name, files, time));
        console.Error.WriteLine($"{path}: {evidence.Row.Verdict} of {evidence.Case.Id} on {evidence.Row.Target}, {files.Count} files");
        return Task.FromResult(ExitCodes.Ok);
    }

    private static StoredEvidence Find(EvidenceRequest request)
    {
        var store = ResultStore.Open(request.Database);
        var run = StoredRuns.Find(store, request.Run);
        string of = $"run {run.Run.Id}";
        var hosts = StoredRuns.Hosts(run, request.Target);
        var rows = store.Results(run.Run.Id)
            .Where(r => r.Title == request.Case || (request.Case.Length >= ShortestId && r.CaseId.StartsWith(request.Case, StringComparison.OrdinalIgnoreCase)))
            .Where(r => hosts.Any(h => h.Id == r.Host)).ToList();
        if (rows.Select(r => r.CaseId).Distinct().Count() > 1)
            throw new UsageException($"{of} has several cases that begin with '{request.Case}': {string.Join(", ", rows.Select(r => r.CaseId).Distinct().Take(3))}");
        var row = rows switch
        {
            [] => throw new UsageException($"{of} has no case '{request.Case}'{(request.Target is null ? "" : $" on {request.Target}")}"),
            [var only] => only,
            _ when rows.Where(r => r.Attempts > 0).ToList() is [var only] => only,
            _ => throw new UsageException($"{of} has the case on {string.Join(", ", rows.Select(r => r.Target))}: say which with --target"),
        };
        var host = hosts.Single(h => h.Id == row.Host);
        string[] observations = [.. store.Observations(row.Host, row.CaseId)];
        if (observations.Length == 0)
            throw new UsageException($"{of} saw nothing of {row.CaseId} on {row.Target}: {row.Verdict}{(row.Reason is null ? "" : $", {row.Reason}")}");
        var c = AllCases.WithKey(row.Title)
            ?? throw new UsageException($"{row.CaseId} is no case of this version of the harness: {row.Title}");
        var policy = PolicyCatalog.Find(row.Policy ?? host.Host.Policy ?? "")
            ?? throw new UsageException($"the policy '{row.Policy ?? host.Host.Policy}' of {of} is not available in this version of the harness");
        return new StoredEvidence(run, host, row, c, policy, FactsReader.Read(Messages.ReadFields(host.Host.Facts!)), observations);
    }

    /// <summary>"7.2/max/vhe" is a target, and no name for a file.</summary>
    private static string FileName(string target) =>
        string.Concat(target.Select(ch => char.IsAsciiLetterOrDigit(ch) || ch is '.' or '_' or '-' ? ch : '-')).TrimStart('.');
}

/// <summary>A result with everything that belongs to it.</summary>
internal sealed record StoredEvidence(
    RunSummary Run, HostSummary Host, ResultRow Row, Case Case, Policy Policy, HostProfile Profile, IReadOnlyList<string> Observations);
