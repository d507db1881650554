namespace Harness.Cli.Configuration;

/// <summary>A host of a suite, with its cases.</summary>
/// <param name="Name">A target's name, or TRACK/CPU/MODE.</param>
/// <param name="Target">Its configuration.</param>
/// <param name="Filter">A filter expression over cases, or null for all.</param>
public sealed record SuiteHost(string Name, TargetConfiguration Target, string? Filter);
