namespace Harness.Model;

/// <summary>How large the leaf is by which the host itself maps the page.</summary>
public enum HostLeaf : byte
{
    /// <summary>As large as the host happens to have it: huge pages come and go.</summary>
    Open,

    /// <summary>A page.</summary>
    Page,

    /// <summary>A block of 2 MiB, wherever the mapping has room for one.</summary>
    Block,
}
