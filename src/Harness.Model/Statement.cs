namespace Harness.Model;

/// <summary>A rule of a policy or a transition of a machine, with its source.</summary>
/// <param name="Name">Unique in its policy, short, stable: verdicts and known differences refer to it.</param>
/// <param name="Source">Its place in the kernel, or in a mail.</param>
/// <param name="Says">The rule in one sentence.</param>
public abstract record Statement(string Name, Source Source, string Says)
{
    public sealed override string ToString() => $"{Name}: {Says} [{Source}]";
}
