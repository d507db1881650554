using System.Globalization;
using System.Text.Json;

namespace Harness.Reports.Html;

/// <summary>One execution of a case, from the probe's observation.</summary>
/// <param name="End">"completed", "crash", ...</param>
/// <param name="Steps">The result of each step: number, name, errno, values as text.</param>
/// <param name="Trace">Lines of the kernel's tracing, in order, each with the step that read it.</param>
/// <param name="Log">What the kernel logged meanwhile.</param>
internal sealed record AttemptStory(
    string End,
    string? Detail,
    long? Micros,
    IReadOnlyList<(int Index, string Op, int Errno, string Values)> Steps,
    IReadOnlyList<(int Step, string Line)> Trace,
    IReadOnlyList<string> Log
)
{
    /// <summary>Null if it is of another version and has no such members.</summary>
    public static AttemptStory? Of(string observation)
    {
        try
        {
            using var document = JsonDocument.Parse(observation);
            return Of(document.RootElement);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Members of a step's result that are not values that it read.</summary>
    private static readonly string[] Own = ["index", "op", "errno", "values"];

    private static AttemptStory Of(JsonElement root)
    {
        var steps = new List<(int, string, int, string)>();
        var trace = new List<(int, string)>();
        foreach (var step in root.GetProperty("steps").EnumerateArray())
        {
            int index = steps.Count;
            // Older probes had the values that a step read in a separate object.
            var read = step.TryGetProperty("values", out var own) ? own : step;
            var values = read.EnumerateObject().Where(v => !Own.Contains(v.Name)).ToList();
            var events = values.FirstOrDefault(v => v.NameEquals("events"));
            if (events.Value.ValueKind == JsonValueKind.Array)
                foreach (var e in events.Value.EnumerateArray())
                    trace.Add((index, Event(e)));
            steps.Add(
                (
                    index,
                    step.GetProperty("op").GetString()!,
                    step.GetProperty("errno").GetInt32(),
                    Signal(read) ?? string.Join(' ', values.Where(v => !v.NameEquals("events")).SelectMany(Members))
                )
            );
        }
        return new AttemptStory(
            root.GetProperty("end").GetString()!,
            root.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String
                ? detail.GetString()
                : null,
            root.TryGetProperty("micros", out var micros) ? micros.GetInt64() : null,
            steps,
            trace,
            [.. root.GetProperty("kernelLog").EnumerateArray().Select(l => l.GetString()!)]
        );
    }

    /// <summary>
    /// "SIGSEGV, SEGV_ACCERR, at 0xffff8000": the signal that the process got instead of a value; null if there was
    /// none.
    /// </summary>
    private static string? Signal(JsonElement values)
    {
        if (
            !values.TryGetProperty("signal", out var signal)
            || !values.TryGetProperty("code", out var code)
            || !values.TryGetProperty("address", out var address)
        )
            return null;
        string name = (signal.GetInt64(), code.GetInt64()) switch
        {
            (7, 2) => "SIGBUS, BUS_ADRERR",
            (7, 4) => "SIGBUS, BUS_MCEERR_AR",
            (11, 1) => "SIGSEGV, SEGV_MAPERR",
            (11, 2) => "SIGSEGV, SEGV_ACCERR",
            var (number, why) => string.Create(CultureInfo.InvariantCulture, $"signal {number}, code {why}"),
        };
        return $"{name}, at {(address.TryGetUInt64(out ulong value) ? $"0x{value.ToString("x", CultureInfo.InvariantCulture)}" : address.ToString())}";
    }

    private static string Event(JsonElement e)
    {
        if (e.ValueKind != JsonValueKind.Object)
            return e.ToString();
        var members = e.EnumerateObject().ToList();
        string name = members.FirstOrDefault(m => m.NameEquals("name")) is { Value.ValueKind: JsonValueKind.String } n
            ? n.Value.GetString()!
            : "";
        return string.Join(
            ' ',
            members.Where(m => !m.NameEquals("name")).Select(Member).Prepend(name).Where(p => p.Length > 0)
        );
    }

    /// <summary>The registers of a vCPU one by one.</summary>
    private static IEnumerable<string> Members(JsonProperty member) =>
        member.NameEquals("registers") && member.Value.ValueKind == JsonValueKind.Object
            ? member.Value.EnumerateObject().Select(Member)
            : [Member(member)];

    /// <summary>Addresses and registers in hexadecimal, as kernel developers write them.</summary>
    private static string Member(JsonProperty member) =>
        $"{member.Name}="
        + (
            member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetUInt64(out ulong value) && value > 9
                ? $"0x{value.ToString("x", CultureInfo.InvariantCulture)}"
            : member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()
            : member.Value.GetRawText()
        );
}
