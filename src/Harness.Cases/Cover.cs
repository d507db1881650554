using System.Reflection;

namespace Harness.Cases;

/// <summary>
/// The quick set: few cases that, on each host alone, take every path of every generation of mainline, and notice every
/// mutant of them that any case would there. Cover.txt is what harness coverage --cover writes, and a test holds it to
/// that.
/// </summary>
public static class Cover
{
    private static readonly Lazy<IReadOnlySet<string>> Lines = new(Read);

    public static IReadOnlySet<string> Keys => Lines.Value;

    private static HashSet<string> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Cover.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
