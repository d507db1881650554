using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harness.Reports.Migrations;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>
/// A run in KernelCI's I/O schema v5.0 (kernelci/kcidb-io, kcidb_io/schema), which every later v5 accepts: a checkout
/// and a build for each kernel, a test for each case, an issue for each known difference and an incident for each case
/// explained by one.
/// </summary>
/// <param name="origin">The submitter: lower-case letters, digits and underscores.</param>
public sealed class KcidbExport(ResultStore store, TextWriter writer, string origin)
{
    /// <summary>The schema's limit on log_excerpt.</summary>
    private const int MostOfLog = 16384;

    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private bool _first;

    /// <summary>The syntax of an origin.</summary>
    public static bool IsOrigin(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    public void Write(RunSummary run)
    {
        writer.Write("{\"version\":{\"major\":5,\"minor\":0}");
        var kernels = run.Hosts.DistinctBy(h => KernelOf(run, h)).ToList();
        Array("checkouts", () => kernels.ForEach(h => Item(json => Checkout(json, run, h))));
        Array("builds", () => kernels.ForEach(h => Item(json => Build(json, run, h))));
        Array("tests", () =>
        {
            foreach (var host in run.Hosts)
            {
                var broken = store.BrokenProperties(host.Id);
                store.ForEachResult(host.Id, null, row =>
                    Item(json => Test(json, run, host, row, [.. broken[row.CaseId]]))
                );
            }
        });
        var known = run.Hosts.SelectMany(h => h.Known).DistinctBy(IssueOf).ToList();
        Array("issues", () => known.ForEach(k => Item(json => Issue(json, k))));
        Array("incidents", () =>
        {
            foreach (var host in run.Hosts)
            {
                var entries = host.Known.ToDictionary(k => k.Name);
                store.ForEachResult(host.Id, Verdicts.Known, row =>
                {
                    if (entries.TryGetValue(row.Known!, out var entry))
                        Item(json =>
                            Incident(json, entry, $"{TestOf(row)}/{entry.Name}", "test_id", TestOf(row), present: true)
                        );
                });
                foreach (var stale in host.Known.Where(k => k.IsStale))
                    Item(json =>
                        Incident(
                            json,
                            stale,
                            $"{run.Run.Id}/{host.Host.Target}/{stale.Name}",
                            "build_id",
                            $"build/{KernelOf(run, host)}",
                            present: false
                        )
                    );
            }
        });
        writer.Write("}\n");
    }

    private void Checkout(Utf8JsonWriter json, RunSummary run, HostSummary host)
    {
        var tested = Tested(host);
        Id(json, "id", $"checkout/{KernelOf(run, host)}");
        json.WriteString("origin", origin);
        Text(
            json,
            "comment",
            tested.KernelRelease is { } release ? $"Linux {release}" : "a kernel that never answered"
        );
        Misc(
            json,
            ("kernel_release", tested.KernelRelease),
            ("kernel_version", tested.KernelVersion),
            ("image", tested.ImageHash)
        );
    }

    private void Build(Utf8JsonWriter json, RunSummary run, HostSummary host)
    {
        Id(json, "checkout_id", $"checkout/{KernelOf(run, host)}");
        Id(json, "id", $"build/{KernelOf(run, host)}");
        json.WriteString("origin", origin);
        json.WriteString("architecture", "arm64");
        Text(json, "comment", Tested(host).KernelVersion);
        Misc(json, ("build_id", Tested(host).BuildId));
    }

    private void Test(
        Utf8JsonWriter json,
        RunSummary run,
        HostSummary host,
        ResultRow row,
        IReadOnlyList<string> broken
    )
    {
        Id(json, "build_id", $"build/{KernelOf(run, host)}");
        Id(json, "id", TestOf(row));
        json.WriteString("origin", origin);
        json.WriteString("path", $"kvm_stage2.{Word(row.Class)}.{Word(row.CaseId)}");
        Text(json, "comment", CaseTitle.Short(row.Title));
        json.WriteString("status", KcidbWords.Status(row.Verdict, row.Culprit, row.Attempts > 0));
        if (row.Attempts > 0)
        {
            var micros = TimeSpan.FromMicroseconds(row.DurationMicros);
            json.WriteNumber("duration", Math.Round(micros.TotalSeconds, 6));
            if (row.StoredUtc is { } stored)
                json.WriteString(
                    "start_time",
                    (stored - micros).UtcDateTime.ToString(
                        "yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'",
                        CultureInfo.InvariantCulture
                    )
                );
        }
        json.WriteStartObject("environment");
        Text(json, "comment", $"{host.Host.Target}{(host.Host.Cpu is { } cpu ? $": {cpu}" : "")}");
        Misc(
            json,
            ("target", host.Host.Target),
            ("kind", host.Host.Kind),
            ("platform", host.Host.Platform),
            ("qemu", host.Host.QemuVersion),
            ("source", host.Host.Source),
            ("source_kernel", host.Host.Sides?.Source.KernelRelease)
        );
        json.WriteEndObject();
        if (row.Verdict != Verdicts.Match && row.Verdict != Verdicts.Planned || broken.Count > 0)
        {
            string log = Printable.Of(ResultText.Of(row, broken), keepLines: true);
            json.WriteString(
                "log_excerpt",
                log.Length <= MostOfLog
                    ? log
                    : log[..(char.IsHighSurrogate(log[MostOfLog - 1]) ? MostOfLog - 1 : MostOfLog)]
            );
        }
        Misc(
            json,
            ("verdict", row.Verdict),
            ("culprit", row.Culprit),
            ("reason", row.Reason),
            ("policy", row.Policy),
            ("rule", row.Rule),
            ("rule_source", row.RuleSource),
            ("predicted", row.Predicted),
            ("observed", row.Observed),
            ("evidence", row.Evidence.Count > 0 ? string.Join(' ', row.Evidence) : null),
            ("known", row.Known),
            ("broken_properties", broken.Count > 0 ? string.Join(' ', broken) : null)
        );
    }

    private void Issue(Utf8JsonWriter json, KnownDifferenceRecord known)
    {
        Id(json, "id", IssueOf(known));
        json.WriteNumber("version", 1);
        json.WriteString("origin", origin);
        if (Uri.TryCreate(known.Link, UriKind.Absolute, out var link) && link.Scheme is "https" or "http")
            json.WriteString("report_url", link!.AbsoluteUri);
        Text(json, "report_subject", known.Reason);
        var (code, tool, harness) = KcidbWords.Culprit(known.Culprit);
        json.WriteStartObject("culprit");
        json.WriteBoolean("code", code);
        json.WriteBoolean("tool", tool);
        json.WriteBoolean("harness", harness);
        json.WriteEndObject();
        Text(json, "comment", $"{known.Name}: {known.Reason}");
        Misc(json, ("name", known.Name), ("culprit", known.Culprit));
    }

    private void Incident(
        Utf8JsonWriter json,
        KnownDifferenceRecord known,
        string id,
        string of,
        string ofId,
        bool present
    )
    {
        Id(json, "id", id);
        json.WriteString("origin", origin);
        Id(json, "issue_id", IssueOf(known));
        json.WriteNumber("issue_version", 1);
        Id(json, of, ofId);
        json.WriteBoolean("present", present);
    }

    /// <summary>An edited entry is another issue: a version number would have to be counted across databases.</summary>
    private static string IssueOf(KnownDifferenceRecord known) =>
        $"known/{known.Name}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(known.Definition)))[..12]}";

    private static string TestOf(ResultRow row) => $"{row.Run}/{row.Target}/{row.CaseId}";

    /// <summary>
    /// The same kernel is the same build on any host; one that never responded only belongs to its host.
    /// </summary>
    private static string KernelOf(RunSummary run, HostSummary host) =>
        Tested(host).BuildId
        ?? Tested(host).KernelVersion
        ?? Tested(host).KernelRelease
        ?? $"unknown/{run.Run.Id}/{host.Host.Target}";

    /// <summary>
    /// For a pair the destination's kernel, which decides the result: kcidb has no test of two builds.
    /// </summary>
    private static HostRecord Tested(HostSummary host) => host.Host.Sides?.Destination ?? host.Host;

    private void Array(string name, Action items)
    {
        writer.Write($",\n\"{name}\":[");
        _first = true;
        items();
        writer.Write("]");
    }

    private readonly ArrayBufferWriter<byte> _buffer = new();

    private void Item(Action<Utf8JsonWriter> members)
    {
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer, s_options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        writer.Write(_first ? "\n" : ",\n");
        writer.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        _first = false;
    }

    private void Id(Utf8JsonWriter json, string name, string id) => Text(json, name, $"{origin}:{id}");

    /// <summary>The schema has no null: missing values are omitted. A string can't contain a NUL either.</summary>
    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, Printable.Of(value, keepLines: true));
    }

    private static void Misc(Utf8JsonWriter json, params ReadOnlySpan<(string Name, string? Value)> members)
    {
        json.WriteStartObject("misc");
        foreach (var (name, value) in members)
            Text(json, name, value);
        json.WriteEndObject();
    }

    /// <summary>A part of a path: letters, digits, '_' and '-'.</summary>
    private static string Word(string text) =>
        string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '-'));
}
