namespace Harness.Runs.Facts;

/// <summary>What one source on a host says about a fact.</summary>
/// <param name="Source">"the exporter's ctr_el0".</param>
/// <param name="Says">"there", "not there", "4096": two sources agree where these are the same.</param>
public sealed record FactSource(string Source, string Says);
