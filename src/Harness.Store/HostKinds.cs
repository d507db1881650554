namespace Harness.Store;

/// <summary>The words of <see cref="HostRecord.Kind"/>.</summary>
public static class HostKinds
{
    public const string Qemu = "qemu";

    public const string Ssh = "ssh";

    /// <summary>Two targets: the source and the destination of migrations.</summary>
    public const string Pair = "pair";
}
