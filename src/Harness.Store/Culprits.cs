namespace Harness.Store;

/// <summary>The words of the column <c>result.culprit</c>: what is at fault.</summary>
public static class Culprits
{
    public const string None = "none";
    public const string Kernel = "kernel";
    public const string Model = "model";
    public const string Probe = "probe";
    public const string Platform = "platform";
    public const string Infrastructure = "infrastructure";

    public static IReadOnlyList<string> All { get; } = [None, Kernel, Model, Probe, Platform, Infrastructure];
}
