namespace Harness.Model.Ownership.Machines;

/// <summary>What an access that goes through does to the page, and what it finds there.</summary>
internal static class Accesses
{
    /// <summary>The host's: a store leaves the host's word, everything else finds what is there.</summary>
    public static OperationOutcome ByHost(in TransitionContext m, ref PageState page)
    {
        if (m.Operation != Operation.Store)
            return OperationOutcome.Sees(page.Holds);
        page.Holds = Contents.Host;
        page.Disclosed = true;
        return OperationOutcome.Done;
    }

    /// <summary>The guest's, once it has the page: a fetch finds what is there as well as a load.</summary>
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
    /// The host's, to the shared page where there is one beside the private: all that the process has.
    /// </summary>
    public static OperationOutcome ByHostShared(in TransitionContext m, ref PageState page)
    {
        if (m.Operation != Operation.Store)
            return OperationOutcome.Sees(page.SharedHolds);
        page.SharedHolds = Contents.Host;
        return OperationOutcome.Done;
    }

    /// <summary>The guest's, to the private page of two.</summary>
    public static OperationOutcome ByGuestPrivate(in TransitionContext m, ref PageState page)
    {
        if (m.Operation != Operation.GuestStorePrivate)
            return OperationOutcome.Sees(page.Holds);
        page.Holds = Contents.Guest;
        page.Disclosed = false;
        return OperationOutcome.Done;
    }

    /// <summary>The guest's, to the shared page where there is one beside the private.</summary>
    public static OperationOutcome ByGuestShared(in TransitionContext m, ref PageState page)
    {
        page.SharedMapped = true;
        if (m.Operation != Operation.GuestStoreShared)
            return OperationOutcome.Sees(page.SharedHolds);
        page.SharedHolds = Contents.Shared;
        return OperationOutcome.Done;
    }

    /// <summary>The guest's first, which maps a page that the host keeps.</summary>
    public static OperationOutcome Mapping(in TransitionContext m, ref PageState page)
    {
        page.Guest = PageAccess.Mapped;
        page.Executable = m.Host.Dic;
        return ByGuest(in m, ref page);
    }

    /// <summary>The guest's first, which takes the page from the host.</summary>
    public static OperationOutcome Taking(in TransitionContext m, ref PageState page)
    {
        page.Guest = PageAccess.Owned;
        page.Executable = true;
        return ByGuest(in m, ref page);
    }

    /// <summary>The guest has the page no more, and it is empty.</summary>
    public static OperationOutcome Emptied(in TransitionContext m, ref PageState page)
    {
        page.Guest = page.Other = PageAccess.None;
        page.Executable = false;
        page.Holds = Contents.Zero;
        page.Disclosed = true;
        return OperationOutcome.Done;
    }
}
