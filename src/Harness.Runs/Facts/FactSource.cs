namespace Harness.Runs.Facts;

/// <summary>The value of a fact in one source on a host.</summary>
/// <param name="Source">"the exporter's ctr_el0".</param>
/// <param name="Says">"there", "not there", "4096": two sources agree if these are equal.</param>
public sealed record FactSource(string Source, string Says);
