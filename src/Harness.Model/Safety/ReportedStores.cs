using Harness.Model.Outcomes;
using Harness.Model.Programs;

namespace Harness.Model.Safety;

/// <summary>Whether every store of a guest to a logged slot was reported to userspace.</summary>
internal static class ReportedStores
{
    /// <summary>Whether a read of the log misses a page that the guest has stored to.</summary>
    /// <param name="case">The program.</param>
    /// <param name="seen">Its steps, as far as they are known.</param>
    public static bool AreMissed(ProgramCase @case, IReadOnlyList<ProgramPart> seen)
    {
        bool[] logs = [Logs(@case.Setting), @case.SecondSetting is { } second && Logs(second)];
        // Stored to while the slot is logged, and neither reported nor cleared since; with the vCPUs of the rings that
        // were read after the first store.
        var stored = new Dictionary<SlotPage, HashSet<int>>();
        // Read from the ring: stores to these pages add no entry until the ring is reset.
        var read = new HashSet<SlotPage>();
        for (int i = 0; i < seen.Count; i++)
        {
            var step = @case.Steps[i];
            if (step.MadeChange is { Change.Kind: var kind, Alias: var changed } && Restarts(kind, seen[i].Errno))
            {
                ref bool its = ref logs[changed ? 1 : 0];
                its = kind == ChangeKind.LogOn || (kind == ChangeKind.RecreateSlot && its);
                Remove(stored, page => page.IsAlias() == changed);
            }
            foreach (var (access, ended) in Accesses(step, seen[i]))
                if (
                    logs[access.Page.IsAlias() ? 1 : 0]
                    && access.Access.Stores()
                    && ended is { Kind: OutcomeKind.Mapped }
                )
                    stored.TryAdd(access.Page, []);
            switch (step)
            {
                case DirtyRingRead when seen[i].Dirty is { } entries:
                    read.UnionWith(entries);
                    foreach (var rings in stored.Values)
                        rings.Add(@case.Steps[i].Vcpu);
                    if (stored.Any(s => s.Value.Count == @case.Vcpus && !read.Contains(s.Key)))
                        return true;
                    break;
                case DirtyRingReset when seen[i].Errno == Errno.None:
                    Remove(stored, read.Contains);
                    read.Clear();
                    break;
                case DirtyLogRead { Alias: var alias } when seen[i].Dirty is { } dirty && !@case.Tracking.HasRing:
                    if (stored.Keys.Where(page => page.IsAlias() == alias).Except(dirty).Any())
                        return true;
                    if (!@case.Tracking.Manual)
                        Remove(stored, page => page.IsAlias() == alias);
                    break;
                case DirtyLogClear { Range: var range, Alias: var alias }
                    when seen[i].Errno == Errno.None && !@case.Tracking.HasRing:
                    Remove(stored, page => page.IsAlias() == alias && ProgramState.Covers(range, page));
                    break;
            }
        }
        return false;
    }

    /// <summary>The accesses of a step, and how each ended.</summary>
    public static IEnumerable<(SlotAccess Access, Outcome? Ended)> Accesses(ProgramStep step, ProgramPart seen) =>
        step.Accesses.Select(a => (a, step is AtOnce && a.Vcpu == 1 ? seen.Other : seen.Access));

    private static bool Logs(AccessCase slot) => (slot.Slot & SlotFlags.LogDirtyPages) != 0;

    private static void Remove(Dictionary<SlotPage, HashSet<int>> stored, Func<SlotPage, bool> which)
    {
        foreach (var page in stored.Keys.Where(which).ToArray())
            stored.Remove(page);
    }

    /// <summary>
    /// The slot has another log after it, or none. A slot that can't be made again was deleted all the same.
    /// </summary>
    private static bool Restarts(ChangeKind kind, Errno errno) =>
        kind == ChangeKind.RecreateSlot
        || (
            errno == Errno.None
            && kind is ChangeKind.LogOn or ChangeKind.LogOff or ChangeKind.LogOnOff or ChangeKind.DeleteSlot
        );
}
