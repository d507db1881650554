using System.Reflection;
using Harness.Cases.Families;

namespace Harness.Cases;

/// <summary>
/// The quick set: few cases that, on each host alone, take every path of every generation of mainline, and detect every
/// mutant that any case would detect there; the programs that Programs.txt lists for it; and every capability. Cover.txt
/// is the output of harness coverage --cover; a test compares both.
/// </summary>
public static class Cover
{
    private static readonly Lazy<IReadOnlySet<string>> Lines = new(Read);

    public static IReadOnlySet<string> Keys => Lines.Value;

    private static HashSet<string> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Cover.txt")!;
        using var reader = new StreamReader(stream);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries),
            .. Programs.Quick,
            .. Capabilities.Family.Cases.Select(c => c.Key),
        ];
    }
}
