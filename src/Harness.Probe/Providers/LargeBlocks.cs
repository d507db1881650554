namespace Harness.Probe.Providers;

/// <summary>Memory of hundreds of MiB in one piece: a block with pages of 64 KiB.</summary>
internal static class LargeBlocks
{
    private const ulong Large = 512 << 20;
    private const int Times = 12;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Tries again while there is no such memory: pages that were freed stay on per-CPU lists, up to an eighth of a
    /// zone, and leave them as the seconds pass (decay_pcp_high(), mm/page_alloc.c). Until then no block is whole.
    /// </summary>
    /// <param name="size">What is allocated, in bytes; less than such a block is tried once.</param>
    /// <param name="allocate">Returns 0 or an errno.</param>
    /// <returns>The last errno, or 0.</returns>
    public static int Retry(ulong size, Func<int> allocate)
    {
        int errno = allocate();
        for (int i = 1; i < Times && size >= Large && errno == ProviderConstants.ENOMEM; i++)
        {
            Thread.Sleep(Between);
            errno = allocate();
        }
        return errno;
    }
}
