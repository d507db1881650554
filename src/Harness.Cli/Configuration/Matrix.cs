using System.Text.RegularExpressions;

namespace Harness.Cli.Configuration;

/// <summary>Names of the hosts of a matrix: TRACK/CPU/MODE.</summary>
internal static class Matrix
{
    private static readonly (string Word, KvmModeChoice Mode)[] Modes =
    [
        ("vhe", KvmModeChoice.Vhe),
        ("nvhe", KvmModeChoice.Nvhe),
        ("protected", KvmModeChoice.Protected),
        ("nested", KvmModeChoice.Nested),
    ];

    /// <summary>As in harness.json.</summary>
    public static string Word(KvmModeChoice mode) => Array.Find(Modes, m => m.Mode == mode).Word;

    /// <summary>The names, track by track, without the excluded ones.</summary>
    public static IEnumerable<string> Names(
        IReadOnlyList<string> tracks,
        IReadOnlyList<string> cpus,
        IReadOnlyList<string> modes,
        IReadOnlyList<string> except
    ) =>
        from track in tracks
        from cpu in cpus
        from mode in modes
        let name = $"{track}/{cpu}/{mode}"
        where !except.Any(e => Fits(name, e))
        select name;

    /// <summary>
    /// The target of such a name; its track may be a point release, TRACK@VERSION, and the mode defaults to vhe. Null
    /// if the name is invalid.
    /// </summary>
    public static (string Name, QemuTargetConfiguration Target)? Find(
        string name,
        IReadOnlyDictionary<string, CpuConfiguration> cpus
    )
    {
        string[] parts = name.Split('/');
        if (
            parts.Length is not (2 or 3)
            || !Regex.IsMatch(parts[0], HarnessConfiguration.ImageName)
            || !cpus.TryGetValue(parts[1], out var cpu)
        )
            return null;
        string word = parts.Length == 3 ? parts[2] : Modes[0].Word;
        int mode = Array.FindIndex(Modes, m => m.Word == word);
        return mode < 0 ? null : ($"{parts[0]}/{parts[1]}/{word}", cpu.With(parts[0], Modes[mode].Mode));
    }

    /// <summary>Whether a name matches a pattern in which * matches any text and ? one character.</summary>
    public static bool Fits(string name, string pattern) =>
        Regex.IsMatch(
            name,
            "^" + Regex.Escape(pattern).Replace(@"\*", ".*").Replace(@"\?", ".") + "$",
            RegexOptions.CultureInvariant
        );
}
