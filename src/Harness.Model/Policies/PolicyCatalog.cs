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
        return Without(name) is ({ } basis, var rule) && basis.Has(rule)
            ? basis.As(name, $"{basis.Name} without the rule '{rule}': {basis.Statement(rule)!.Says}").Without(rule)
            : null;
    }

    /// <summary>
    /// The parts of a name such as "mainline-7.2-without-RULE", whether or not the policy has that rule. Null if it is
    /// no such name.
    /// </summary>
    public static (Policy Basis, string Rule)? Without(string name)
    {
        int at = name.IndexOf(WithoutWord, StringComparison.Ordinal);
        return at >= 0 && All.FirstOrDefault(p => p.Name == name[..at]) is { } basis
            ? (basis, name[(at + WithoutWord.Length)..])
            : null;
    }
}
