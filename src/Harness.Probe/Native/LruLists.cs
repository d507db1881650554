using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Native;

/// <summary>The kernel's lists of pages, from which it takes those that it reclaims.</summary>
internal static unsafe class LruLists
{
    /// <summary>
    /// Has every processor add the pages that wait there to their lists, so that they can be marked and reclaimed:
    /// move_pages(2) of a page to where it is already, lru_cache_disable() in do_pages_move(), mm/migrate.c.
    /// </summary>
    public static void Drain()
    {
        int call = HostFacts.Machine() == "aarch64" ? 239 : 279; // __NR_move_pages
        int node = 0;
        void* own = &node;
        if (Libc.syscall(call, 0, 1, &own, null, &node, 0) == 0 && node >= 0)
            Libc.syscall(call, 0, 1, &own, &node, &node, 0);
    }
}
