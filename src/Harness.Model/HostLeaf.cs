namespace Harness.Model;

/// <summary>The size of the leaf in the host's own mapping of the page.</summary>
public enum HostLeaf : byte
{
    /// <summary>Any size: huge pages come and go.</summary>
    Open,

    /// <summary>A page.</summary>
    Page,

    /// <summary>A block, wherever it fits into the mapping.</summary>
    Block,
}
