namespace Harness.Model.Policies;

/// <summary>Every policy by name, and the one that a kernel release should follow.</summary>
public static class PolicyCatalog
{
    /// <summary>Mainline's generations, oldest first, then the proposals.</summary>
    public static IReadOnlyList<Policy> All { get; } = [.. Mainline.All, .. Proposals.All];

    /// <summary>The newest generation that was read.</summary>
    public static Policy Newest => Mainline.All[^1];

    /// <summary>Between a policy's name and that of a rule it is to be without.</summary>
    private const string WithoutWord = "-without-";

    /// <summary>
    /// A policy by name. "mainline-7.2-without-RULE" is mainline-7.2 without that rule: what a kernel would do that lacks the
    /// check, and how to see what a rule is worth. Null where there is no such policy or rule.
    /// </summary>
    public static Policy? Find(string name)
    {
        if (All.FirstOrDefault(p => p.Name == name) is { } whole)
            return whole;
        int at = name.IndexOf(WithoutWord, StringComparison.Ordinal);
        if (at < 0 || All.FirstOrDefault(p => p.Name == name[..at]) is not { } basis)
            return null;
        string rule = name[(at + WithoutWord.Length)..];
        return basis.Has(rule) ? basis.As(name, $"{basis.Name} without the rule '{rule}': {basis.Statement(rule)!.Says}").Without(rule) : null;
    }

    /// <summary>
    /// The generation a mainline kernel of this release belongs to: "6.12.107+deb13-arm64" is mainline-6.9. Null for
    /// releases that were not read and may decide either way (6.2 to 6.8, 6.13 to 6.15), and for text that is no release.
    /// </summary>
    public static Policy? ForRelease(string release)
    {
        string[] parts = release.Split('.', 3);
        if (parts.Length < 2 || !int.TryParse(parts[0], out int major)
            || !int.TryParse(string.Concat(parts[1].TakeWhile(char.IsAsciiDigit)), out int minor))
            return null;
        return (major, minor) switch
        {
            (6, 1) => Mainline.V6_1,
            (6, >= 9 and <= 12) => Mainline.V6_9,
            (6, 16) => Mainline.V6_16,
            (6, 17) => Mainline.V6_17,
            (6, 18) => Mainline.V6_18,
            (6, 19) => Mainline.V6_19,
            (7, 0) => Mainline.V7_0,
            (7, 1) => Mainline.V7_1,
            (7, 2) => Mainline.V7_2,
            (7, >= 3) or ( > 7, _) => Mainline.V7_3,
            _ => null,
        };
    }
}
