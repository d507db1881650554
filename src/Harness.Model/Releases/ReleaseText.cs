namespace Harness.Model.Releases;

/// <summary>Describes what is known about a range of releases.</summary>
public static class ReleaseText
{
    /// <summary>"read 6.12.107; booted 6.12.107; changes known up to 6.12.112; 6.9 to 6.11 were not read".</summary>
    public static string Of(ReleaseRange range)
    {
        var parts = new List<string>();
        void Add(string what, IReadOnlyList<KernelVersion> versions)
        {
            if (versions.Count > 0)
                parts.Add($"{what} {string.Join(", ", versions)}");
        }

        Add("read", range.Read);
        Add("booted", range.Booted);
        Add("changes known up to", range.Changelogs);
        if (range.Note is { } note)
            parts.Add(note);
        return string.Join("; ", parts);
    }
}
