namespace Harness.Model;

/// <summary>What a policy or a machine states, and where it comes from.</summary>
/// <param name="Name">Unique in its policy, short, stable: verdicts and known differences refer to it.</param>
/// <param name="Source">Where it is written in the kernel, or proposed in a mail.</param>
/// <param name="Says">The rule in one sentence.</param>
public abstract record Statement(string Name, Source Source, string Says)
{
    public sealed override string ToString() => $"{Name}: {Says} [{Source}]";
}
