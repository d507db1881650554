using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Reports;
using Harness.Reproducers;
using Harness.Runs.KernelLogs;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>The files of an evidence archive, each from the store alone.</summary>
internal static class EvidenceFiles
{
    private static readonly JsonSerializerOptions s_readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>In the order of the archive.</summary>
    public static IReadOnlyList<(string Name, string Text)> Of(StoredEvidence e)
    {
        var compiled = CaseCompiler.Compile(e.Case, e.Profile.Abilities);
        var observations = e.Observations.Select(StoredJson.ReadObservation).ToList();
        var files = new List<(string Name, string Text)>
        {
            ("case.json", Json(Result(e.Row))),
            ("explain.txt", Explanation(e)),
            ("host.json", Json(Host(e.Host.Host))),
            ("kernel-log.txt", KernelLog(observations)),
        };
        files.AddRange(e.Observations.Select((o, i) => ($"observation-{i + 1}.json", o + "\n")));
        files.Add(("program.json", Messages.Text(compiled.Program) + "\n"));
        files.Add(
            (
                "repro.c",
                Reproducer.Text(
                    new ReproducerSource(compiled, ReproAction.OnHost(e.Row.Target, e.Profile, e.Policy, e.Case))
                    {
                        Pci = e.Profile.Abilities.Providers.Pci,
                        Sizes = e.Profile.Abilities.Sizes,
                    }
                )
            )
        );
        files.Add(("run.json", Json(Run(e.Run))));
        return
        [
            ("README.txt", EvidencePage.Text(e, observations[^1], observations.All(o => IsOf(o, compiled.Program)))),
            .. files,
        ];
    }

    /// <summary>
    /// Each observed step is the program's step of that number: it was compiled as by this version of the harness.
    /// </summary>
    private static bool IsOf(Observation observation, ProbeProgram program) =>
        observation.Steps.Count <= program.Steps.Count
        && observation.Steps.Zip(program.Steps).All(p => p.First.Op == p.Second.Op);

    private static string Explanation(StoredEvidence e)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var report = ReportWriter.Plain(writer);
        report.Line($"{e.Case.Id}  {e.Case.Key}");
        var text = new ExplainText(report, e.Policy, null);
        text.WriteTitle();
        foreach (var host in e.Profile.Possible)
            text.Write(host, e.Case, $"on {e.Row.Target}, {e.Profile.Release} ({host})", e.Profile.Platform.Tcg);
        return writer.ToString();
    }

    public static string KernelLog(IReadOnlyList<Observation> observations) =>
        string.Concat(
            observations.Select(
                (o, i) =>
                    $"attempt {i + 1}: {(o.KernelLog.Count == 0 ? "the kernel logged nothing" : "the kernel logged")}\n"
                    + string.Concat(KernelLogReader.Read(o.KernelLog).Select(r => $"  [{Printable.Of(r.Title)}]\n"))
                    + string.Concat(o.KernelLog.Select(l => $"  {Printable.Of(l)}\n"))
            )
        );

    /// <summary>A result with the definition of its case or migration.</summary>
    public static JsonObject Result(ResultRow row) =>
        new()
        {
            ["id"] = row.CaseId,
            ["key"] = row.Title,
            ["class"] = row.Class,
            ["definition"] = JsonNode.Parse(row.Definition),
            ["verdict"] = row.Verdict,
            ["culprit"] = row.Culprit,
            ["reason"] = row.Reason,
            ["policy"] = row.Policy,
            ["rule"] = row.Rule,
            ["ruleSource"] = row.RuleSource,
            ["predicted"] = row.Predicted,
            ["observed"] = row.Observed,
            ["predictedOutcome"] = Json(row.PredictedJson),
            ["observedOutcome"] = Json(row.ObservedJson),
            ["descriptors"] = Json(row.DescriptorsJson),
            ["details"] = row.Details,
            ["known"] = row.Known,
            ["path"] = new JsonArray([
                .. row.Path.Select(s => (JsonNode)new JsonObject { ["at"] = s.At, ["rule"] = s.Rule }),
            ]),
            ["evidence"] = Words(row.Evidence),
            ["attempts"] = row.Attempts,
            ["durationMicros"] = row.DurationMicros,
        };

    private static JsonNode? Json(string? json) => json is null ? null : JsonNode.Parse(json);

    /// <summary>A host of either kind of run.</summary>
    public static JsonObject Host(HostRecord host)
    {
        return new JsonObject
        {
            ["target"] = host.Target,
            ["kind"] = host.Kind,
            ["kernelRelease"] = host.KernelRelease,
            ["kernelVersion"] = host.KernelVersion,
            ["buildId"] = host.BuildId,
            ["cpu"] = host.Cpu,
            ["platform"] = host.Platform,
            ["qemuVersion"] = host.QemuVersion,
            ["qemuCommandLine"] = host.QemuCommandLine,
            ["bootId"] = host.BootId,
            ["image"] = host.ImageHash,
            ["evidence"] = Words(host.Evidence ?? []),
            ["policy"] = host.Policy,
            ["capabilities"] = host.Capabilities is { } capabilities ? JsonNode.Parse(capabilities) : null,
            ["facts"] = host.Facts is { } facts ? JsonNode.Parse(facts) : null,
        };
    }

    public static JsonObject Run(RunSummary summary)
    {
        var run = summary.Run;
        return new JsonObject
        {
            ["id"] = run.Id,
            ["started"] = run.StartedUtc.UtcDateTime,
            ["finished"] = summary.FinishedUtc?.UtcDateTime,
            ["state"] = summary.State,
            ["reason"] = summary.Reason,
            ["commandLine"] = run.CommandLine,
            ["harness"] = run.HarnessVersion,
            ["model"] = run.ModelHash,
            ["probe"] = run.ProbeHash,
            ["policy"] = run.Policy,
            ["suite"] = run.Suite,
        };
    }

    private static JsonArray Words(IReadOnlyList<string> words) => new([.. words.Select(w => (JsonNode)w)]);

    public static string Json(JsonObject node) => node.ToJsonString(s_readable) + "\n";
}
