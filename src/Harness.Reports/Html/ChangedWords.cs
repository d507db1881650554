namespace Harness.Reports.Html;

/// <summary>Marks the differences between two sentences.</summary>
internal static class ChangedWords
{
    /// <summary>The words of one, each with whether the other has a different one in its place.</summary>
    public static IReadOnlyList<(string Word, bool Differs)> Of(string mine, string? other)
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
}
