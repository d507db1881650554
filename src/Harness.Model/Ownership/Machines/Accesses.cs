namespace Harness.Model.Ownership.Machines;

/// <summary>The effect of a successful access on the page, and what it reads.</summary>
internal static class Accesses
{
    /// <summary>By the host: a store leaves the host's word, everything else reads the content.</summary>
    public static OperationOutcome ByHost(in TransitionContext m, ref PageState page)
    {
        if (m.Operation != Operation.Store)
            return OperationOutcome.Sees(page.Holds);
        page.Holds = Contents.Host;
        page.Disclosed = true;
        return OperationOutcome.Done;
    }

    /// <summary>By the guest, once it has the page: a fetch reads the content like a load.</summary>
    public static OperationOutcome ByGuest(in TransitionContext m, ref PageState page)
    {
        page.Executable |= m.Operation == Operation.GuestFetch;
        if (m.Operation != Operation.GuestStore)
            return OperationOutcome.Sees(page.Holds);
        page.Holds = Contents.Guest;
        page.Disclosed = page.Guest != PageAccess.Owned;
        return OperationOutcome.Done;
    }

    /// <summary>
    /// By the host, to the shared page if there is one beside the private one: the process has no other.
    /// </summary>
    public static OperationOutcome ByHostShared(in TransitionContext m, ref PageState page)
    {
        if (m.Operation != Operation.Store)
            return OperationOutcome.Sees(page.SharedHolds);
        page.SharedHolds = Contents.Host;
        return OperationOutcome.Done;
    }

    /// <summary>By the guest, to the private page of the two.</summary>
    public static OperationOutcome ByGuestPrivate(in TransitionContext m, ref PageState page)
    {
        if (m.Operation != Operation.GuestStorePrivate)
            return OperationOutcome.Sees(page.Holds);
        page.Holds = Contents.Guest;
        page.Disclosed = false;
        return OperationOutcome.Done;
    }

    /// <summary>By the guest, to the shared page if there is one beside the private one.</summary>
    public static OperationOutcome ByGuestShared(in TransitionContext m, ref PageState page)
    {
        page.SharedMapped = true;
        if (m.Operation != Operation.GuestStoreShared)
            return OperationOutcome.Sees(page.SharedHolds);
        page.SharedHolds = Contents.Shared;
        return OperationOutcome.Done;
    }

    /// <summary>The guest's first access, which maps a page that the host keeps.</summary>
    public static OperationOutcome Mapping(in TransitionContext m, ref PageState page)
    {
        page.Guest = PageAccess.Mapped;
        page.Executable = m.Host.Dic;
        return ByGuest(in m, ref page);
    }

    /// <summary>The guest's first access, which takes the page from the host.</summary>
    public static OperationOutcome Taking(in TransitionContext m, ref PageState page)
    {
        page.Guest = PageAccess.Owned;
        page.Executable = true;
        return ByGuest(in m, ref page);
    }

    /// <summary>The guest loses the page, and it is cleared.</summary>
    public static OperationOutcome Emptied(in TransitionContext m, ref PageState page)
    {
        page.Guest = page.Other = PageAccess.None;
        page.Executable = false;
        page.Holds = Contents.Zero;
        page.Disclosed = true;
        return OperationOutcome.Done;
    }
}
