namespace Harness.Reports.Html;

/// <summary>A part of an outcome as it was predicted and as it was observed; null where one of them has no such part.</summary>
internal sealed record ComparedPart(string Of, string? Predicted, string? Observed)
{
    /// <summary>Whether they say the same, as far as the words go: what the prediction leaves open is no difference.</summary>
    public bool Agrees => Predicted is not null && Observed is not null
        && (OutcomeDifference.Allows(Predicted, Observed) || Observed == "done, as far as can be seen");

    /// <summary>An act after the first that went otherwise: the page is not as predicted any more, and nothing is judged.</summary>
    public bool IsAfter { get; init; }
}

/// <summary>Predicted and observed side by side. It marks what a reader should look at; the verdict is the judge's.</summary>
internal static class OutcomeDifference
{
    public static IReadOnlyList<ComparedPart> Of(string? predicted, string? observed)
    {
        if (LifeWords.Is(predicted) || LifeWords.Is(observed))
            return OfActs(OutcomeWords.Parts(predicted), OutcomeWords.Parts(observed));
        var right = OutcomeWords.Parts(observed).ToList();
        var parts = new List<ComparedPart>();
        foreach (var (of, words) in OutcomeWords.Parts(predicted))
        {
            int at = right.FindIndex(p => p.Of == of);
            parts.Add(new ComparedPart(of, words, at < 0 ? null : right[at].Words));
            if (at >= 0)
                right.RemoveAt(at);
        }
        parts.AddRange(right.Select(p => new ComparedPart(p.Of, null, p.Words)));
        return parts;
    }

    /// <summary>By their places: what was left behind has none. What comes after the first difference is no more judged.</summary>
    private static List<ComparedPart> OfActs(IReadOnlyList<(string Of, string Words)> predicted, IReadOnlyList<(string Of, string Words)> observed)
    {
        var parts = new List<ComparedPart>();
        bool parted = false;
        for (int i = 0; i < Math.Max(predicted.Count, observed.Count); i++)
        {
            var (mine, its) = (predicted.ElementAtOrDefault(i), observed.ElementAtOrDefault(i));
            string of = mine.Of ?? its.Of;
            var part = new ComparedPart(LifeWords.KindOf(of) is null ? of : $"{i + 1} {of}", mine.Words, its.Words) { IsAfter = parted };
            parted |= !part.Agrees;
            parts.Add(part);
        }
        return parts;
    }

    /// <summary>"mapped Normal-WB rwx (page or block)" allows "mapped Normal-WB rwx 2M".</summary>
    public static bool Allows(string predicted, string observed)
    {
        int open = predicted.IndexOf(" (", StringComparison.Ordinal);
        string strict = open < 0 ? predicted : predicted[..open];
        string loose = open < 0 ? "" : predicted[open..];
        if (strict == observed || (observed == "mapped" && strict.StartsWith("mapped ", StringComparison.Ordinal)))
            return true;
        if (loose.Contains($"or {observed}", StringComparison.Ordinal) || strict.Split(" or ").Contains(observed))
            return true;
        return Tolerant(strict, loose) == Tolerant(observed, loose);
    }

    /// <summary>The words, each with whether the other side has another one in its place.</summary>
    public static IReadOnlyList<(string Word, bool Differs)> Words(string mine, string? other)
    {
        string[] words = mine.Split(' ');
        if (other is null)
            return [.. words.Select(w => (w, true))];
        string[] others = other.Split(' ');
        int head = 0;
        while (head < words.Length && head < others.Length && words[head] == others[head])
            head++;
        int tail = 0;
        while (tail < words.Length - head && tail < others.Length - head && words[^(tail + 1)] == others[^(tail + 1)])
            tail++;
        return [.. words.Select((w, i) => (w, i >= head && i < words.Length - tail))];
    }

    private static string Tolerant(string words, string loose)
    {
        var rest = words.Split(' ').ToList();
        if (loose.Contains("page or block", StringComparison.Ordinal))
            rest.Remove("2M");
        if (rest.Count > 2 && rest[2].Length == 3)
        {
            string rights = rest[2];
            if (loose.Contains("writable or not", StringComparison.Ordinal))
                rights = rights[..1] + '?' + rights[2..];
            if (loose.Contains("executable or not", StringComparison.Ordinal))
                rights = rights[..2] + '?';
            rest[2] = rights;
        }
        return string.Join(' ', rest);
    }
}
