namespace Harness.Cli.Configuration;

/// <summary>A host of a suite, with the cases it is asked.</summary>
/// <param name="Name">A target's name, or TRACK/CPU/MODE.</param>
/// <param name="Target">What it is.</param>
/// <param name="Filter">A filter expression over cases, or null for all.</param>
public sealed record SuiteHost(string Name, TargetConfiguration Target, string? Filter);
