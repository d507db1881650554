namespace Harness.Model.Ownership;

/// <summary>A page's state in words.</summary>
public static class PageText
{
    /// <summary>
    /// "slot; guest and host have it, x; holds the guest's word": what there is, who has the page, and what it holds.
    /// </summary>
    public static string Of(in PageState page) => string.Join("; ", Parts(page));

    private static IEnumerable<string> Parts(PageState page)
    {
        yield return page.Destroyed ? "VM gone"
        : !page.Vm ? "no VM"
        : Slots(page);
        if (Has(page) is { Length: > 0 } has)
            yield return has;
        yield return $"holds {OperationText.Word(page.Holds)}";
        if (page.Private)
            yield return "private by its attribute";
        if (page.NoDirectMap)
            yield return "out of the direct map";
        if (page.FileClosed)
            yield return "file closed";
        if (page.GuestEnded)
            yield return "guest stuck";
        if (page.OtherEnded)
            yield return "other guest stuck";
    }

    private static string Slots(PageState page) =>
        (
            page.Slot
                ? page.SecondSlot
                    ? "two slots"
                    : page.Window
                        ? "slot over the mapping"
                        : "slot"
                : page.SecondSlot
                    ? "second slot alone"
                    : "no slot"
        ) + (page.OtherSlot ? ", and the other VM's" : "");

    private static string Has(PageState page) =>
        page.Guest switch
        {
            PageAccess.Mapped => "guest has it, too",
            PageAccess.Owned => "guest's alone",
            PageAccess.Lent => "guest's, lent to the host",
            PageAccess.Poisoned => "taken from the guest",
            _ => "",
        }
        + (page.Guest != PageAccess.None && page.Executable ? ", executable" : "")
        + (
            page.Other == PageAccess.None ? ""
            : page.Guest == PageAccess.None ? Other(page)
            : $", {Other(page)}"
        );

    private static string Other(PageState page) =>
        page.Other switch
        {
            PageAccess.Mapped => "other guest has it, too",
            PageAccess.Owned => "other guest's alone",
            PageAccess.Lent => "other guest's, lent to the host",
            _ => "taken from the other guest",
        };
}
