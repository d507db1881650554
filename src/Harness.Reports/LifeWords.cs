namespace Harness.Reports;

/// <summary>
/// The words of a page's life, "create: done; bind: done; guest-load: sees zeroes". Its acts are too many to be told each time:
/// what tells is the first that two sides differ in.
/// </summary>
public static class LifeWords
{
    private const string Begin = "create: ";
    private const string Do = " do=";
    private const int MostActs = 5;

    /// <summary>Acts by who does them, or what to: where there is no room for each.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["VM", "file", "slots", "host", "guest"];

    /// <summary>An outcome, predicted or observed, of a page's life.</summary>
    public static bool Is(string? outcome) => outcome is not null && outcome.StartsWith(Begin, StringComparison.Ordinal);

    /// <summary>The acts of an outcome, each with how it ended, in order; at the end maybe what was left behind.</summary>
    public static IReadOnlyList<string> Acts(string? outcome) => Is(outcome) ? outcome!.Split("; ") : [];

    /// <summary>One of <see cref="Kinds"/>, or null for a word that is no act's.</summary>
    public static string? KindOf(string act) => act switch
    {
        "create" or "destroy" => "VM",
        "load" or "store" or "copy" or "peek" => "host",
        "unbind" or "bind" or "set-private" or "set-shared" => "slots",
        "truncate" or "read-file" or "write-file" or "close-file" => "file",
        _ when act.StartsWith("bind-", StringComparison.Ordinal) => "slots",
        _ when act.StartsWith("guest-", StringComparison.Ordinal) || act == "other-load" => "guest",
        _ when act.Split('-')[0] is "make" or "map" or "punch" or "allocate" => "file",
        _ => null,
    };

    /// <summary>A case's title with the middle of a long list of acts left out: "... do=create,bind,...,destroy (16 acts)".</summary>
    public static string Title(string title)
    {
        int at = title.IndexOf(Do, StringComparison.Ordinal);
        if (at < 0)
            return title;
        int end = title.IndexOf(' ', at + 1);
        string[] acts = title[(at + Do.Length)..(end < 0 ? title.Length : end)].Split(',');
        return acts.Length <= MostActs ? title
            : $"{title[..(at + Do.Length)]}{string.Join(',', acts.Take(MostActs - 2))},...,{acts[^1]}{(end < 0 ? "" : title[end..])} ({acts.Length} acts)";
    }

    /// <summary>
    /// Of two outcomes of a page's life what each says of the first act that they differ in, "4 load: sees zeroes"; other
    /// outcomes as they are.
    /// </summary>
    public static (string? One, string? Other) Parting(string? one, string? other)
    {
        if ((!Is(one) && !Is(other)) || one is null || other is null)
            return (one, other);
        var (mine, its) = (Acts(one), Acts(other));
        int at = mine.Zip(its).TakeWhile(p => p.First == p.Second).Count();
        return at == mine.Count && at == its.Count ? (All(mine), All(its)) : (Said(mine, at), Said(its, at));
    }

    private static string All(IReadOnlyList<string> acts) => $"{acts.Count} acts, the last {acts[^1]}";

    private static string Said(IReadOnlyList<string> acts, int at) =>
        at == acts.Count ? $"nothing after {at} acts"
        : acts[at].StartsWith("left behind", StringComparison.Ordinal) ? acts[at]
        : $"{at + 1} {acts[at]}";
}
