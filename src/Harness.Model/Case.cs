namespace Harness.Model;

/// <summary>
/// A fully determined situation: the memory, the VM, and what happens to it. It is an <see cref="AccessCase"/>, a
/// <see cref="GuestCase"/>, a <see cref="Programs.ProgramCase"/>, a <see cref="Ownership.LifecycleCase"/>, a <see
/// cref="CapabilityCase"/>, a <see cref="Slots.SlotCallsCase"/>, a <see cref="Aborts.AbortCase"/>, a <see
/// cref="Tags.TagCase"/>, a <see cref="Rings.RingCase"/>, a <see cref="Nesting.NestedCase"/> or a <see
/// cref="Caches.CacheCase"/>.
/// </summary>
/// <param name="Backing">The memory; the host has not accessed it yet.</param>
/// <param name="VmaWritable">PROT_READ|PROT_WRITE, or PROT_READ alone.</param>
public abstract record Case(Backing Backing, bool VmaWritable)
{
    private Once<Case, string> _key;
    private Once<Case, string?> _unsupported;

    /// <summary>The whole content as one line; two cases are the same if and only if their keys are.</summary>
    public string Key => _key.Of(this, CaseText.Key);

    /// <summary>Stable across versions of the harness: see <see cref="CaseId"/>.</summary>
    public string Id => CaseId.Of(Key);

    /// <summary>Why no machine can have such a case; null if one can.</summary>
    public string? UnsupportedReason => _unsupported.Of(this, static c => c.Restriction());

    /// <summary>The first restriction that excludes the case, or null.</summary>
    protected abstract string? Restriction();

    public sealed override string ToString() => Key;
}
