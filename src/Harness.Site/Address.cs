using System.Globalization;
using System.Text;

namespace Harness.Site;

/// <summary>
/// The address of a page: the path of its file in a directory, and of its resource on a server. It only depends on what
/// the page is about, so that a link stays valid as long as that is in the database.
/// </summary>
/// <param name="Path">Without a leading slash: "runs/2026-11-30T09-16-27Z-c5a5.html".</param>
public readonly record struct Address(string Path)
{
    private const string Extension = ".html";

    public static Address Home { get; } = new("index" + Extension);

    public static Address Runs { get; } = new("runs" + Extension);

    public static Address Hosts { get; } = new("hosts" + Extension);

    public static Address Kernels { get; } = new("kernels" + Extension);

    public static Address Rules { get; } = new("rules" + Extension);

    public static Address Findings { get; } = new("findings" + Extension);

    public static Address Search { get; } = new("search" + Extension);

    public static Address Compare { get; } = new("compare" + Extension);

    public static Address Run(string id) => In(Area.Run, id);

    public static Address Suite(string name) => In(Area.Suite, name);

    public static Address Host(string target) => In(Area.Host, target);

    public static Address Kernel(string release) => In(Area.Kernel, release);

    public static Address Case(string id) => In(Area.Case, id);

    public static Address Rule(string name) => In(Area.Rule, name);

    public static Address Finding(string id) => In(Area.Finding, id);

    /// <param name="before">The id of the older run.</param>
    /// <param name="after">The id of the newer run.</param>
    public static Address Comparison(string before, string after) => In(Area.Compare, before, after);

    /// <summary>The areas with a page for each of something.</summary>
    public enum Area
    {
        Run,
        Suite,
        Host,
        Kernel,
        Case,
        Rule,
        Finding,
        Compare,
    }

    /// <summary>The area and what the page is about, from a path; null if it has no such form.</summary>
    public static (Area Area, IReadOnlyList<string> Names)? Parse(string path)
    {
        if (!path.EndsWith(Extension, StringComparison.Ordinal) || path.Split('/') is not [var folder, var file])
            return null;
        foreach (var area in Enum.GetValues<Area>())
            if (Folder(area) == folder)
            {
                string[] names = file[..^Extension.Length].Split("..");
                return names.Length == (area == Area.Compare ? 2 : 1) && names.All(n => n.Length > 0)
                    ? (area, [.. names.Select(Decoded)])
                    : null;
            }
        return null;
    }

    /// <summary>The address in a page at another address: relative, so that it is valid wherever the site is.</summary>
    public string From(Address page) => string.Concat(Enumerable.Repeat("../", page.Path.Count(c => c == '/'))) + Path;

    public override string ToString() => Path;

    private static Address In(Area area, params string[] names) =>
        new($"{Folder(area)}/{string.Join("..", names.Select(Encoded))}{Extension}");

    private static string Folder(Area area) =>
        area switch
        {
            Area.Compare => "compare",
            _ => area.ToString().ToLowerInvariant() + "s",
        };

    /// <summary>
    /// A name of a file that every file system and every web server takes as it is: '/' becomes '~', and other bytes
    /// than letters, digits, '-', '_', '+' and single dots inside become '=' and two digits.
    /// </summary>
    private static string Encoded(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        for (int i = 0; i < bytes.Length; i++)
        {
            char c = (char)bytes[i];
            bool plain =
                char.IsAsciiLetterOrDigit(c)
                || c is '-' or '_' or '+'
                || (c == '.' && i > 0 && i < bytes.Length - 1 && bytes[i - 1] != '.');
            if (c == '/')
                text.Append('~');
            else if (plain)
                text.Append(c);
            else
                text.Append(CultureInfo.InvariantCulture, $"={bytes[i]:X2}");
        }
        return text.ToString();
    }

    private static string Decoded(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
            if (text[i] == '~')
                bytes.Add((byte)'/');
            else if (
                text[i] == '='
                && i + 2 < text.Length
                && byte.TryParse(
                    text.AsSpan(i + 1, 2),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out byte value
                )
            )
            {
                bytes.Add(value);
                i += 2;
            }
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
