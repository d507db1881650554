using Harness.Model.Aborts;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Rings;
using Harness.Model.Tags;

namespace Harness.Reports.Outcomes;

/// <summary>A part as predicted and as observed; null if one of them has no such part.</summary>
/// <param name="Of">The subject: "read"; in a lifecycle case with its number, "4 load".</param>
public sealed record ComparedPart(string Of, OutcomePart? Predicted, OutcomePart? Observed)
{
    /// <summary>What the prediction leaves open is not a difference.</summary>
    public bool Agrees => Predicted is not null && Observed is not null && Predicted.Allows(Observed);

    /// <summary>
    /// An operation, or a step of a program, after the first deviating one: the page is not as predicted any more, so
    /// it is not judged.
    /// </summary>
    public bool IsAfter { get; init; }
}

/// <summary>
/// Compares two outcomes for display. It marks what a reader should look at; the judge decides the verdict.
/// </summary>
public static class OutcomeDifference
{
    public static IReadOnlyList<ComparedPart> Of(
        IReadOnlyList<OutcomePart> predicted,
        IReadOnlyList<OutcomePart> observed
    )
    {
        if (predicted.Concat(observed).Any(IsNumbered))
            return OfOperations(predicted, observed);
        var right = observed.ToList();
        var parts = new List<ComparedPart>();
        foreach (var part in predicted)
        {
            int at = right.FindIndex(p => p.Of == part.Of);
            parts.Add(new ComparedPart(part.Of, part, at < 0 ? null : right[at]));
            if (at >= 0)
                right.RemoveAt(at);
        }
        parts.AddRange(right.Select(p => new ComparedPart(p.Of, null, p)));
        return parts;
    }

    /// <summary>
    /// The first operation in which two outcomes of a lifecycle case differ, "4 load: sees zeroes": there are too
    /// many operations to list each time. Other outcomes are returned unchanged.
    /// </summary>
    public static (string? One, string? Other) First(StoredOutcome one, StoredOutcome other)
    {
        if ((!one.IsLong && !other.IsLong) || one.Value is null || other.Value is null)
            return (one.Text, other.Text);
        var (mine, its) = (one.Parts, other.Parts);
        int at = mine.Zip(its).TakeWhile(p => p.First == p.Second).Count();
        return at == mine.Count && at == its.Count ? (All(mine), All(its)) : (Part(mine, at), Part(its, at));
    }

    /// <summary>By position; left-behind parts have none. What follows the first difference is not judged.</summary>
    private static List<ComparedPart> OfOperations(
        IReadOnlyList<OutcomePart> predicted,
        IReadOnlyList<OutcomePart> observed
    )
    {
        var parts = new List<ComparedPart>();
        bool differed = false;
        for (int i = 0; i < Math.Max(predicted.Count, observed.Count); i++)
        {
            var (mine, its) = (predicted.ElementAtOrDefault(i), observed.ElementAtOrDefault(i));
            var either = (mine ?? its)!;
            var part = new ComparedPart(
                IsNumbered(either) ? $"{Number(mine is null ? observed : predicted, i)} {either.Of}" : either.Of,
                mine,
                its
            )
            {
                IsAfter = differed,
            };
            differed |= !part.Agrees;
            parts.Add(part);
        }
        return parts;
    }

    private static bool IsNumbered(OutcomePart part) =>
        part
            is OperationPart
                or ProgramPart
                or SlotCallPart
                or CachePart
                or AbortPart
                or TagPart
                or RingPart
                or NestedPart;

    /// <summary>From 1; the registration before a program's steps has none.</summary>
    private static int Number(IReadOnlyList<OutcomePart> parts, int at) => parts.Take(at + 1).Count(IsNumbered);

    private static string All(IReadOnlyList<OutcomePart> parts) =>
        $"{parts.Count} operations, the last {Text(parts[^1])}";

    private static string Part(IReadOnlyList<OutcomePart> parts, int at) =>
        at == parts.Count ? $"nothing after {at} operations"
        : IsNumbered(parts[at]) ? $"{Number(parts, at)} {Text(parts[at])}"
        : Text(parts[at]);

    private static string Text(OutcomePart part) => $"{part.Of}: {OutcomeText.Of(part)}";
}
