using System.Reflection;
using System.Text.RegularExpressions;

namespace Harness.Cli;

/// <summary>The version of this harness, for --version and for everything that it writes.</summary>
internal static partial class BuildVersion
{
    /// <summary>
    /// "1.0.0-alpha.0.412+b3519e1c0f2a": the version and the commit that it was built from; with ".modified" if sources
    /// had uncommitted changes.
    /// </summary>
    public static string Text { get; } =
        Short(
            typeof(BuildVersion)
                .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
                .InformationalVersion
        );

    /// <summary>With 12 digits of the commit, as elsewhere.</summary>
    internal static string Short(string version) => Commit().Replace(version, "$1");

    [GeneratedRegex("(?<=[+.])([0-9a-f]{12})[0-9a-f]{28}(?![0-9a-f])")]
    private static partial Regex Commit();
}
