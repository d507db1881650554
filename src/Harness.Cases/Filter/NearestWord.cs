namespace Harness.Cases.Filter;

/// <summary>The word that was probably meant by a misspelt one, for error messages.</summary>
public static class NearestWord
{
    /// <summary>Null if no word is near: at most a third of the letters, rounded up, may differ.</summary>
    public static string? Of(string text, IEnumerable<string> words)
    {
        int most = Math.Min(4, (text.Length + 2) / 3);
        return words
            .Select(word => (Word: word, Edits: Edits(text.ToLowerInvariant(), word.ToLowerInvariant())))
            .Where(w => w.Edits <= most && w.Edits < w.Word.Length)
            .OrderBy(w => w.Edits)
            .ThenBy(w => Math.Abs(w.Word.Length - text.Length))
            .Select(w => w.Word)
            .FirstOrDefault();
    }

    /// <summary>": did you mean 'word'?", or nothing if no word is near.</summary>
    public static string Hint(string text, IEnumerable<string> words) =>
        Of(text, words) is { } near ? $": did you mean '{near}'?" : "";

    /// <summary>
    /// The number of letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
    /// </summary>
    private static int Edits(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        for (int j = 1; j <= b.Length; j++)
        {
            int replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
        }
        return cost[a.Length, b.Length];
    }
}
