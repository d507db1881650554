using Harness.Store;

namespace Harness.Reports;

/// <summary>
/// The programs of other test suites in a run, for programs that read them: a line of JSON for each, with the type
/// "peer".
/// </summary>
public static class PeerJson
{
    public static void Write(string run, IEnumerable<PeerRow> rows, TextWriter writer)
    {
        var lines = new JsonLines(writer);
        foreach (var row in rows)
            Line(lines, run, row);
    }

    internal static void Line(JsonLines lines, string run, PeerRow row) => lines.Line("peer", json =>
        {
            var peer = row.Record;
            json.WriteString("run", run);
            json.WriteString("target", row.Target);
            json.WriteString("release", row.Release);
            json.WriteString("name", row.Plan.Name);
            json.WriteString("program", row.Plan.Program);
            json.WriteString("arguments", row.Plan.Arguments);
            json.WriteString("source", peer?.Source);
            json.WriteString("outcome", peer?.Outcome ?? PeerStates.Planned);
            json.WriteString("reason", peer?.Reason);
            if (peer?.ExitCode is { } code)
                json.WriteNumber("exitCode", code);
            else
                json.WriteNull("exitCode");
            json.WriteNumber("seconds", Math.Round((peer?.DurationMicros ?? 0) / 1e6, 1));
            json.WriteStartArray("kernelReports");
            foreach (string title in peer?.KernelReports ?? [])
                json.WriteStringValue(title);
            json.WriteEndArray();
            json.WriteString("cases", row.Plan.Filter);
            json.WriteNumber("agreed", peer?.Agreed ?? 0);
            json.WriteNumber("deviated", peer?.Deviated ?? 0);
            json.WriteNumber("unanswered", peer?.Unanswered ?? 0);
            json.WriteString("relation", peer?.Relation);
            json.WriteString("explanation", peer?.Explanation);
        });
}
