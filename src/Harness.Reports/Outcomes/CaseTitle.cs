namespace Harness.Reports.Outcomes;

/// <summary>A case's title for little space.</summary>
public static class CaseTitle
{
    private const string Do = " do=";
    private const int MostOperations = 5;

    /// <summary>
    /// With the middle of a long list of operations omitted: "... do=create,bind,...,destroy (16 operations)".
    /// </summary>
    public static string Short(string title)
    {
        int at = title.IndexOf(Do, StringComparison.Ordinal);
        if (at < 0)
            return title;
        int end = title.IndexOf(' ', at + 1);
        string[] operations = title[(at + Do.Length)..(end < 0 ? title.Length : end)].Split(',');
        return operations.Length <= MostOperations
            ? title
            : $"{title[..(at + Do.Length)]}{string.Join(',', operations.Take(MostOperations - 2))},...,{operations[^1]}{(end < 0 ? "" : title[end..])} ({operations.Length} operations)";
    }
}
