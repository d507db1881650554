using Harness.Model.Dimensions;

namespace Harness.Model.Caches;

/// <summary>The words of cases about caches. Changing the first table changes case ids.</summary>
public static class CacheText
{
    public static Words<CacheAct> Acts { get; } =
        new()
        {
            { CacheAct.HostStore, "host-store", "the process stores the word \"new\"" },
            { CacheAct.HostLoad, "host-load", "the process loads" },
            { CacheAct.HostClean, "host-dc-cvac", "the process cleans the line to memory, DC CVAC" },
            { CacheAct.HostCleanInvalidate, "host-dc-civac", "the process cleans and invalidates the line, DC CIVAC" },
            { CacheAct.RecreateSlot, "recreate-slot", "the slot is deleted and registered again" },
            { CacheAct.GuestLoad, "guest-load", "the guest loads" },
            { CacheAct.GuestStore, "guest-store", "the guest stores the word \"guest\"" },
            { CacheAct.GuestExecute, "guest-exec", "the guest executes the word" },
            { CacheAct.GuestClean, "guest-dc-cvac", "the guest cleans the line to memory, DC CVAC" },
            { CacheAct.GuestCleanInvalidate, "guest-dc-civac", "the guest cleans and invalidates the line, DC CIVAC" },
            { CacheAct.GuestInvalidate, "guest-dc-ivac", "the guest invalidates the line, DC IVAC" },
            { CacheAct.GuestExclusive, "guest-ldxr-stxr", "the guest loads by LDXR, and stores \"guest\" by STXR" },
            { CacheAct.GuestAtomic, "guest-ldadd", "the guest adds zero by LDADD" },
        };

    public static Words<CacheWords> Values { get; } =
        new()
        {
            { CacheWords.Old, "old" },
            { CacheWords.New, "new" },
            { CacheWords.Guest, "guest" },
            { CacheWords.Other, "other", "a word that nobody stored" },
            { CacheWords.Refused, "refused", "refused by the CPU" },
        };

    /// <summary>The single values of a set, in order.</summary>
    public static IEnumerable<CacheWords> Each(CacheWords words) => Values.Values.Where(v => (words & v) != 0);

    /// <summary>"old or new".</summary>
    public static string Of(CacheWords words) => string.Join(" or ", Each(words).Select(Values.PhraseOf));
}
