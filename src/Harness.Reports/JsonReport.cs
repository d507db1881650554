using System.Text.Json;
using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports;

/// <summary>
/// A stored run for programs: one JSON object per line, each with a "type": run, then for each host a host followed by
/// its results and, for a pair, the result of each of its migrations, then total. docs/results.md lists the members; a
/// member without a value is null, never omitted.
/// </summary>
public sealed class JsonReport(ResultStore store, TextWriter writer)
{
    private readonly JsonLines _lines = new(writer);

    public KnownFindings Findings { get; init; } = KnownFindings.None;

    public void Write(RunSummary run)
    {
        _lines.Line("run", json =>
        {
            json.WriteString("id", run.Run.Id);
            json.WriteString("started", run.Run.StartedUtc.UtcDateTime);
            Time(json, "finished", run.FinishedUtc);
            json.WriteString("state", run.State);
            json.WriteString("reason", run.Reason);
            json.WriteString("commandLine", run.Run.CommandLine);
            json.WriteString("harness", run.Run.HarnessVersion);
            json.WriteString("model", run.Run.ModelHash);
            json.WriteString("probe", run.Run.ProbeHash);
            json.WriteString("policy", run.Run.Policy);
            json.WriteString("suite", run.Run.Suite);
            json.WriteString("night", run.Run.Shard?.Night);
            Shards(json, run.Run.Shard);
        });
        var results = store.Results(run.Run.Id).ToLookup(r => r.Host);
        var migrations = store.Migrations(run.Run.Id).ToLookup(m => m.Host);
        foreach (var host in run.Hosts)
        {
            Host(host);
            var broken = store.BrokenProperties(host.Id);
            foreach (var row in results[host.Id])
                Result(row, [.. broken[row.CaseId]]);
            foreach (var row in migrations[host.Id])
                Migration(row);
        }
        foreach (var peer in store.Peers(run.Run.Id))
            PeerJson.Line(_lines, run.Run.Id, peer);
        foreach (var property in store.BrokenProperties(run.Run.Id).Properties)
            Property(property, Findings.Of(run, property));
        foreach (var report in store.KernelReports(run.Run.Id))
            KernelReport(report);
        _lines.Line("total", json =>
        {
            json.WriteString("run", run.Run.Id);
            json.WriteNumber("hosts", run.Hosts.Count);
            JsonLines.Counts(
                json,
                "verdicts",
                run.Hosts.SelectMany(h => h.Verdicts)
                    .GroupBy(v => v.Key)
                    .ToDictionary(g => g.Key, g => g.Sum(v => v.Value))
            );
        });
    }

    /// <summary>The shards that it has, and how many the whole has.</summary>
    private static void Shards(Utf8JsonWriter json, ShardRecord? shard)
    {
        if (shard is null)
        {
            json.WriteNull("shard");
            json.WriteNull("shards");
            return;
        }
        json.WriteStartArray("shard");
        foreach (int number in shard.Numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
        json.WriteNumber("shards", shard.Of);
    }

    private static void Pool(Utf8JsonWriter json, IReadOnlyList<PoolMachineRecord> pool)
    {
        json.WriteStartArray("pool");
        foreach (var machine in pool)
        {
            json.WriteStartObject();
            json.WriteString("machine", machine.Machine);
            json.WriteString("state", machine.State);
            json.WriteString("reason", machine.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Host(HostSummary summary) => _lines.Line("host", json =>
        {
            var host = summary.Host;
            json.WriteString("target", host.Target);
            json.WriteString("kind", host.Kind);
            json.WriteString("state", summary.State);
            json.WriteString("reason", summary.Reason);
            Time(json, "started", summary.StartedUtc);
            Time(json, "finished", summary.FinishedUtc);
            json.WriteString("kernelRelease", host.KernelRelease);
            json.WriteString("kernelVersion", host.KernelVersion);
            json.WriteString("buildId", host.BuildId);
            json.WriteString("cpu", host.Cpu);
            json.WriteString("qemuVersion", host.QemuVersion);
            json.WriteString("qemuCommandLine", host.QemuCommandLine);
            json.WriteBoolean("restored", host.IsRestored);
            json.WriteString("bootId", host.BootId);
            json.WriteString("image", host.ImageHash);
            Pool(json, summary.Pool);
            Raw(json, "capabilities", host.Capabilities);
            Raw(json, "facts", host.Facts);
            Words(json, "evidence", host.Evidence ?? []);
            json.WriteString("policy", host.Policy);
            json.WriteString("upstreamRelease", host.UpstreamRelease);
            json.WriteString("releaseStanding", host.ReleaseStanding);
            json.WriteString("nearestRelease", host.NearestRelease);
            json.WriteString("platform", host.Platform);
            json.WriteString("source", host.Source);
            json.WriteString("destination", host.Destination);
            json.WriteNumber("planned", summary.Planned);
            JsonLines.Counts(json, "verdicts", summary.Verdicts);
            JsonLines.Counts(json, "matchEvidence", summary.MatchEvidence);
            JsonLines.Counts(json, "skipReasons", summary.SkipReasons);
            JsonLines.Objects(json, "known", summary.Known, known =>
            {
                json.WriteString("name", known.Name);
                json.WriteNumber("asked", known.Asked);
                json.WriteNumber("met", known.Met);
                json.WriteBoolean("expired", known.Expired);
            });
        });

    private void Result(ResultRow row, IReadOnlyList<string> broken) => _lines.Line("result", json =>
        {
            json.WriteString("target", row.Target);
            json.WriteNumber("ordinal", row.Ordinal);
            json.WriteString("case", row.CaseId);
            json.WriteString("class", row.Class);
            json.WriteString("title", row.Title);
            Raw(json, "definition", row.Definition);
            json.WriteString("verdict", row.Verdict);
            json.WriteString("culprit", row.Culprit);
            json.WriteString("reason", row.Reason);
            json.WriteString("policy", row.Policy);
            json.WriteString("rule", row.Rule);
            json.WriteString("ruleSource", row.RuleSource);
            json.WriteString("predicted", row.Predicted);
            json.WriteString("observed", row.Observed);
            Raw(json, "predictedOutcome", row.PredictedJson ?? "null");
            Raw(json, "observedOutcome", row.ObservedJson ?? "null");
            Raw(json, "descriptors", row.DescriptorsJson ?? "null");
            json.WriteString("details", row.Details);
            json.WriteString("known", row.Known);
            JsonLines.Objects(json, "path", row.Path, step =>
            {
                json.WriteString("at", step.At);
                json.WriteString("rule", step.Rule);
            });
            Words(json, "evidence", row.Evidence);
            Words(json, "brokenProperties", broken);
            json.WriteNumber("attempts", row.Attempts);
            json.WriteNumber("durationMicros", row.DurationMicros);
        });

    private void Property(BrokenProperty property, IReadOnlyList<string> findings) => _lines.Line("property", json =>
        {
            json.WriteString("name", property.Name);
            json.WriteString("says", property.Says);
            json.WriteString("source", property.Source);
            json.WriteNumber("results", property.Cases);
            json.WriteNumber("matches", property.Matches);
            json.WriteNumber("predicted", property.Predicted);
            Words(json, "targets", property.Targets);
            Words(json, "findings", findings);
            json.WriteString("case", property.CaseId);
            json.WriteString("title", property.Title);
            json.WriteString("target", property.Target);
            json.WriteString("policy", property.Policy);
        });

    private void KernelReport(KernelReportCount report) => _lines.Line("kernel-report", json =>
        {
            json.WriteString("title", report.Title);
            json.WriteString("kind", report.Kind);
            json.WriteString("cause", report.Cause);
            json.WriteNumber("results", report.Results);
            Words(json, "targets", report.Targets);
            Words(json, "cases", report.Cases);
            json.WriteNumber("earlierRuns", report.EarlierRuns);
            Time(json, "firstSeen", report.FirstSeenUtc);
        });

    /// <summary>In addition to the result of the same case and target.</summary>
    private void Migration(MigrationRow row) => _lines.Line("migration", json =>
        {
            json.WriteString("source", row.Source);
            json.WriteString("destination", row.Destination);
            json.WriteString("case", row.CaseId);
            json.WriteString("title", row.Title);
            json.WriteString("verdict", row.Verdict);
            json.WriteString("culprit", row.Culprit);
            json.WriteString("reason", row.Reason);
            json.WriteString("rule", row.Rule);
            var became = row.Migration;
            json.WriteString("predicted", new MigrationCell(row).Predicted);
            json.WriteString("stage", became?.Stage);
            json.WriteString("errno", became?.Errno);
            json.WriteString("sourceLeaf", became?.SourceLeaf);
            json.WriteString("destinationLeaf", became?.DestinationLeaf);
            json.WriteString("violation", became?.Violation);
            json.WriteString("violationRule", became?.ViolationRule);
            Number(json, "refused", became?.Refused);
            json.WriteString("refusedRegisters", became?.RefusedRegisters);
            Number(json, "bytes", became?.Bytes);
            Number(json, "sourceMicros", became?.SourceMicros);
            Number(json, "transferMicros", became?.TransferMicros);
            Number(json, "destinationMicros", became?.DestinationMicros);
        });

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void Time(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at)
            json.WriteString(name, at.UtcDateTime);
        else
            json.WriteNull(name);
    }

    /// <summary>Stored JSON may contain line breaks; rewritten it does not.</summary>
    private static void Raw(Utf8JsonWriter json, string name, string? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
            return;
        }
        using var document = JsonDocument.Parse(value);
        document.RootElement.WriteTo(json);
    }

    private static void Words(Utf8JsonWriter json, string name, IReadOnlyList<string> words)
    {
        json.WriteStartArray(name);
        foreach (string word in words)
            json.WriteStringValue(word);
        json.WriteEndArray();
    }
}
