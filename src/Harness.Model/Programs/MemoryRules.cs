namespace Harness.Model.Programs;

/// <summary>In what releases differ that manage a process's memory.</summary>
/// <param name="SwapsInWritable">A load that reads a private page from swap makes it writable: do_swap_page().</param>
public sealed record MemoryRules(bool SwapsInWritable)
{
    public static MemoryRules V6_1 { get; } = new(SwapsInWritable: false);

    /// <summary>Linux 6.11: do_swap_page(). 6.10, which has no policy of its own, is taken for it.</summary>
    public static MemoryRules V6_11 { get; } = new(SwapsInWritable: true);
}
