namespace Harness.Model.Ownership.Machines;

/// <summary>What an access that goes through does to the page, and what it finds there.</summary>
internal static class Accesses
{
    /// <summary>The host's: a store leaves the host's word, everything else finds what is there.</summary>
    public static ActOutcome ByHost(in Moment m, ref PageState page)
    {
        if (m.Act != Act.Store)
            return ActOutcome.Sees(page.Holds);
        page.Holds = Contents.Host;
        page.Disclosed = true;
        return ActOutcome.Done;
    }

    /// <summary>The guest's, once it has the page: a fetch finds what is there as well as a load.</summary>
    public static ActOutcome ByGuest(in Moment m, ref PageState page)
    {
        page.Executable |= m.Act == Act.GuestFetch;
        if (m.Act != Act.GuestStore)
            return ActOutcome.Sees(page.Holds);
        page.Holds = Contents.Guest;
        page.Disclosed = page.Guest != Grip.Owned;
        return ActOutcome.Done;
    }

    /// <summary>The host's, to the shared page where there is one beside the private: all that the process has.</summary>
    public static ActOutcome ByHostShared(in Moment m, ref PageState page)
    {
        if (m.Act != Act.Store)
            return ActOutcome.Sees(page.SharedHolds);
        page.SharedHolds = Contents.Host;
        return ActOutcome.Done;
    }

    /// <summary>The guest's, to the private page of two.</summary>
    public static ActOutcome ByGuestPrivate(in Moment m, ref PageState page)
    {
        if (m.Act != Act.GuestStorePrivate)
            return ActOutcome.Sees(page.Holds);
        page.Holds = Contents.Guest;
        page.Disclosed = false;
        return ActOutcome.Done;
    }

    /// <summary>The guest's, to the shared page where there is one beside the private.</summary>
    public static ActOutcome ByGuestShared(in Moment m, ref PageState page)
    {
        page.SharedMapped = true;
        if (m.Act != Act.GuestStoreShared)
            return ActOutcome.Sees(page.SharedHolds);
        page.SharedHolds = Contents.Shared;
        return ActOutcome.Done;
    }

    /// <summary>The guest's first, which maps a page that the host keeps.</summary>
    public static ActOutcome Mapping(in Moment m, ref PageState page)
    {
        page.Guest = Grip.Mapped;
        page.Executable = m.Host.Dic;
        return ByGuest(in m, ref page);
    }

    /// <summary>The guest's first, which takes the page from the host.</summary>
    public static ActOutcome Taking(in Moment m, ref PageState page)
    {
        page.Guest = Grip.Owned;
        page.Executable = true;
        return ByGuest(in m, ref page);
    }

    /// <summary>The guest has the page no more, and it is empty.</summary>
    public static ActOutcome Emptied(in Moment m, ref PageState page)
    {
        page.Guest = page.Other = Grip.None;
        page.Executable = false;
        page.Holds = Contents.Zero;
        page.Disclosed = true;
        return ActOutcome.Done;
    }
}
