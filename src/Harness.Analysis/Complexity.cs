using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Analysis;

/// <summary>Orders examples by complexity: the one with fewer special properties is simpler.</summary>
public static class Complexity
{
    /// <summary>
    /// The simplest case costs nothing: a load from a shared, writable mapping, in a slot without flags.
    /// </summary>
    public static int Cost(Case c) =>
        c switch
        {
            LifecycleCase lifecycle => Cost(lifecycle),
            ProgramCase program => Cost(program.Setting) + 5 * program.Steps.Count,
            CapabilityCase or SlotCallsCase or AbortCase or TagCase or RingCase or NestedCase => 0,
            CacheCase caches => Cost(caches.Setting) + 5 * caches.Acts.Span.Length,
            _ => Cost((AttributeCase)c),
        };

    private static int Cost(AttributeCase c) =>
        20 * (c.Accesses.Count - 1)
        + c.Accesses[0] switch
        {
            Access.Read => 0,
            Access.Write => 1,
            Access.Execute => 2,
            _ => 5,
        }
        + (c.VmaWritable ? 0 : 4)
        + (
            c.Slot == SlotFlags.None ? 0
            : c.Slot == (SlotFlags.LogDirtyPages | SlotFlags.ReadOnly) ? 9
            : 5
        )
        + (c.Extent == Extent.Page ? 0 : 8)
        + (c.Late ? 12 : 0)
        + (c.Mte ? 15 : 0)
        + Cost(c.Backing);

    /// <summary>
    /// For lifecycle cases: more than any attribute case, and increasing with the number of operations. A protected
    /// VM needs a special host.
    /// </summary>
    private static int Cost(LifecycleCase c) =>
        100
        + 5 * c.Operations.Count
        + (c.Vm == VmKind.Protected ? 20 : 0)
        + (c.VmaWritable ? 0 : 4)
        // Memory that any process has is simpler than memory that needs a driver.
        + c.Backing.Kind switch
        {
            VmaKind.Anonymous => 0,
            VmaKind.GuestMemory => 2,
            VmaKind.Secret or VmaKind.Hole => 8,
            _ => 12,
        };

    /// <summary>Two hosts are simpler the less they differ, and the fewer features they have.</summary>
    public static int Cost(HostFacts host, HostFacts other) =>
        4 * (Differs(host.Mte, other.Mte) + Differs(host.Dic, other.Dic) + Differs(host.Fwb, other.Fwb))
        + Cost(host)
        + Cost(other);

    private static int Cost(HostFacts host) => (host.Fwb ? 1 : 0) + (host.Dic ? 1 : 0) + (host.Mte ? 3 : 0);

    private static int Cost(Backing b) =>
        (b.Sharing == Sharing.Private ? 3 : 0)
        + (b.AllowAnyUncached ? 3 : 0)
        // The mails are about memory outside the kernel's memory map, so that is the simplest kind of driver memory.
        + (
            b.Memory == KernelMap.ZeroRefcount ? 6
            : b.Driver && b.Memory == KernelMap.Known ? 1
            : 0
        )
        + (b.Bound ? 6 : 0)
        + b.Kind switch
        {
            VmaKind.PfnMap => 0,
            VmaKind.Anonymous => 1,
            VmaKind.MixedMap => 2,
            _ => 3,
        };

    private static int Differs(bool a, bool b) => a == b ? 0 : 1;
}
