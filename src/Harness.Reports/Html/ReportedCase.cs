using System.Text.Json;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>A case of the run, with its parsed definition.</summary>
/// <param name="Attributes">Of its definition, in its order; empty if that is of another version.</param>
internal sealed record ReportedCase(
    string Id,
    string Class,
    string Title,
    IReadOnlyDictionary<string, string> Attributes
)
{
    /// <summary>
    /// The accesses, in order: "read", "write", "exec", "ldxr"; for a lifecycle case, the groups of operations:
    /// "guest", "slots".
    /// </summary>
    public IReadOnlyList<string> Accesses { get; } =
        IsOfCalls(Title)
        || IsOfCaches(Title)
        || IsOfAborts(Title)
        || IsOfTags(Title)
        || IsOfRings(Title)
        || IsNested(Title)
            ? []
        : StepsOf(Title, Attributes) is { Length: > 0 } steps
            ? [.. steps.Where(s => s.Contains('.', StringComparison.Ordinal)).Select(s => s.Split('.')[0]).Distinct()]
        : Attributes.GetValueOrDefault("do", "") is { Length: > 0 } operations
            ?
            [
                .. operations
                    .Split(',')
                    .Select(OperationText.Find)
                    .OfType<Operation>()
                    .Select(OperationGroup.Of)
                    .Distinct()
                    .OrderBy(k => OperationGroup.All.ToList().IndexOf(k)),
            ]
        : Attributes.GetValueOrDefault("access", "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The operations of a lifecycle, in order; empty for other cases.</summary>
    public IReadOnlyList<string> Operations { get; } = HasNoLife(Attributes) ? [] : Do(Attributes);

    /// <summary>The steps of a program, in order; empty for other cases.</summary>
    public IReadOnlyList<string> Steps { get; } = StepsOf(Title, Attributes);

    /// <summary>The calls about slots, in order; empty for other cases.</summary>
    public IReadOnlyList<string> Calls { get; } = IsOfCalls(Title) ? Do(Attributes) : [];

    /// <summary>The acts of a case about aborts, in order; empty for other cases.</summary>
    public IReadOnlyList<string> AbortActs { get; } = IsOfAborts(Title) ? Do(Attributes) : [];

    /// <summary>The acts of a case about a full ring, in order; empty for other cases.</summary>
    public IReadOnlyList<string> RingActs { get; } = IsOfRings(Title) ? Do(Attributes) : [];

    /// <summary>The acts of a case about memory tags, in order; empty for other cases.</summary>
    public IReadOnlyList<string> TagActs { get; } = IsOfTags(Title) ? Do(Attributes) : [];

    /// <summary>The acts of a case about nested guests, in order; empty for other cases.</summary>
    public IReadOnlyList<string> NestedActs { get; } = IsNested(Title) ? Do(Attributes) : [];

    /// <summary>What is done in a case about caches, in order; empty for other cases.</summary>
    public IReadOnlyList<string> CacheActs { get; } = IsOfCaches(Title) ? Do(Attributes) : [];

    public static ReportedCase Of(CaseRecord record) =>
        new(record.Id, record.Class, record.Title, Read(record.Definition));

    private static string[] StepsOf(string title, IReadOnlyDictionary<string, string> attributes) =>
        HasNoLife(attributes)
        && !IsOfCalls(title)
        && !IsOfCaches(title)
        && !IsOfAborts(title)
        && !IsOfTags(title)
        && !IsOfRings(title)
        && !IsNested(title)
            ? Do(attributes)
            : [];

    private static bool IsOfCalls(string title) => title.StartsWith(SlotCallsCase.KeyWord, StringComparison.Ordinal);

    private static bool IsOfAborts(string title) => title.StartsWith(AbortCase.KeyWord + " ", StringComparison.Ordinal);

    private static bool IsOfRings(string title) => title.StartsWith(RingCase.KeyWord + " ", StringComparison.Ordinal);

    private static bool IsOfTags(string title) => title.StartsWith(TagCase.KeyWord + " ", StringComparison.Ordinal);

    private static bool IsNested(string title) => title.StartsWith(NestedCase.KeyWord + " ", StringComparison.Ordinal);

    private static bool IsOfCaches(string title) => title.StartsWith(CacheCase.KeyWord + " ", StringComparison.Ordinal);

    private static bool HasNoLife(IReadOnlyDictionary<string, string> attributes) =>
        attributes.GetValueOrDefault("life", "none") == "none";

    private static string[] Do(IReadOnlyDictionary<string, string> attributes) =>
        attributes.GetValueOrDefault("do", "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static Dictionary<string, string> Read(string definition)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        using var document = JsonDocument.Parse(definition);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            foreach (var member in document.RootElement.EnumerateObject())
                attributes[member.Name] =
                    member.Value.ValueKind == JsonValueKind.String
                        ? member.Value.GetString()!
                        : member.Value.GetRawText();
        return attributes;
    }
}
