using System.Reflection;
using System.Text;

namespace Harness.Findings;

/// <summary>The files of findings: those of a folder, or those that this program carries.</summary>
public static class FindingFiles
{
    /// <summary>The folder beside harness.json.</summary>
    public const string Folder = "findings";

    private const string Extension = ".md";

    /// <summary>All findings of a folder, by name. A file that is not Markdown is no finding.</summary>
    /// <exception cref="FindingException">Some can't be used: one line for each.</exception>
    public static IReadOnlyList<Finding> Load(string folder) =>
        Read(
            [
                .. Directory
                    .EnumerateFiles(folder, "*" + Extension)
                    .Order(StringComparer.Ordinal)
                    .Select(path => (path, Content(path))),
            ],
            name => Path.Combine(folder, Path.GetFileName(name)) is var path && File.Exists(path) ? Content(path) : null
        );

    /// <summary>Those that this program was built with.</summary>
    public static IReadOnlyList<Finding> Carried() =>
        Read(
            [
                .. Names()
                    .Where(n => n.EndsWith(Extension, StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal)
                    .Select(n => (n, Carried(n))),
            ],
            name => Names().Contains(name) ? Carried(name) : null
        );

    internal static IReadOnlyList<Finding> Read(
        IReadOnlyList<(string Path, string Content)> files,
        Func<string, string?> beside
    )
    {
        var findings = new List<Finding>();
        var faults = new List<string>();
        foreach (var (path, content) in files)
            try
            {
                findings.Add(FindingReader.Read(Path.GetFileNameWithoutExtension(path), content, beside));
            }
            catch (FindingFault e)
            {
                faults.Add(e.In(path));
            }
        return faults.Count == 0 ? findings : throw new FindingException(faults);
    }

    private static string[] Names() => Assembly.GetExecutingAssembly().GetManifestResourceNames();

    private static string Carried(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Content(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FindingException([$"{path}: {e.Message}"]);
        }
    }
}
