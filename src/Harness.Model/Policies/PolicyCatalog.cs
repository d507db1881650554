namespace Harness.Model.Policies;

/// <summary>Every policy by name, and the one that a kernel release should follow.</summary>
public static class PolicyCatalog
{
    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<Policy> All { get; } = [Mainline.V6_12, Mainline.V6_17, Mainline.V7_2];

    public static Policy? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    /// <summary>
    /// The generation a mainline kernel of this release belongs to: "6.12.107+deb13-arm64" is mainline-6.12. Null for
    /// releases older than any that was read, and for text that is no release.
    /// </summary>
    public static Policy? ForRelease(string release)
    {
        string[] parts = release.Split('.', 3);
        if (parts.Length < 2 || !int.TryParse(parts[0], out int major)
            || !int.TryParse(string.Concat(parts[1].TakeWhile(char.IsAsciiDigit)), out int minor))
            return null;
        return (major, minor) switch
        {
            _ when (major, minor).CompareTo((7, 1)) >= 0 => Mainline.V7_2,
            _ when (major, minor).CompareTo((6, 17)) >= 0 => Mainline.V6_17,
            _ when (major, minor).CompareTo((6, 9)) >= 0 => Mainline.V6_12,
            _ => null,
        };
    }
}
