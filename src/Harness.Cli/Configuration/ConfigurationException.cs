namespace Harness.Cli.Configuration;

/// <summary>One error in the configuration.</summary>
/// <param name="Line">From 1; 0 for the file as a whole.</param>
/// <param name="Path">"targets.fwb.cpus"; empty at the top.</param>
public sealed record ConfigurationFault(string File, int Line, string Path, string What)
{
    public override string ToString() =>
        (Line > 0 ? $"{File}:{Line}: " : $"{File}: ") + (Path.Length > 0 ? $"{Path}: " : "") + What;
}

/// <summary>The configuration can't be used. The message is one line for each fault.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationFault> faults)
    : Exception(string.Join('\n', faults))
{
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults;
}
