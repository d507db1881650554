namespace Harness.Model.Policies;

/// <summary>Every policy by name. <see cref="ReleaseCatalog"/> maps kernels to policies.</summary>
public static class PolicyCatalog
{
    /// <summary>Mainline's generations, oldest first, then vendor kernels, then the proposals.</summary>
    public static IReadOnlyList<Policy> All { get; } = [.. Mainline.All, .. NvidiaKernels.All, .. Proposals.All];

    /// <summary>The newest generation that was read.</summary>
    public static Policy Newest => Mainline.All[^1];

    /// <summary>Between a policy's name and that of the removed rule.</summary>
    private const string WithoutWord = "-without-";

    /// <summary>
    /// A policy by name. "mainline-7.2-without-RULE" is mainline-7.2 without that rule: the behaviour of a kernel that
    /// lacks the check, which shows what the rule prevents. Null if there is no such policy or rule.
    /// </summary>
    public static Policy? Find(string name)
    {
        if (All.FirstOrDefault(p => p.Name == name) is { } whole)
            return whole;
        int at = name.IndexOf(WithoutWord, StringComparison.Ordinal);
        if (at < 0 || All.FirstOrDefault(p => p.Name == name[..at]) is not { } basis)
            return null;
        string rule = name[(at + WithoutWord.Length)..];
        return basis.Has(rule)
            ? basis.As(name, $"{basis.Name} without the rule '{rule}': {basis.Statement(rule)!.Says}").Without(rule)
            : null;
    }
}
