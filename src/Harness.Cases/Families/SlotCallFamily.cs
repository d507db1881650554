using Harness.Model.Slots;

namespace Harness.Cases.Families;

/// <summary>
/// The checks of KVM_SET_USER_MEMORY_REGION, each from both sides: what it refuses, and what is just not refused.
/// Everything that doesn't need a guest_memfd is also called by KVM_SET_USER_MEMORY_REGION2.
/// </summary>
internal static class SlotCallFamily
{
    private static readonly string[] ByEither =
    [
        "create,create,log-on,log-on,create,delete,delete",
        "delete,create",
        "create,grow,shrink,other-memory,read-only,read-only-log,log-on",
        "read-only,read-only,read-only-log,read-only,create,log-on,delete,create",
        "create,move,create,move-by-page,move-and-log,move-and-grow,delete",
        "create,over-begin,over-end,within,around,beside,same-memory",
        "beside,create,move-by-page,over-begin,move,over-end,delete,create",
        "last-number,number-beyond,second-space,create",
        "memory-unaligned,memory-tagged,memory-of-kernel,memory-beyond-task,memory-null,memory-null,create",
        "address-unaligned,address-wraps,beyond-ipa,create",
        "size-unaligned,size-wraps,size-largest,size-too-large,create",
    ];

    /// <summary>KVM_MEM_GUEST_MEMFD, bit 2, is one of the second ioctl's flags: cases with a file have it.</summary>
    private const int FirstUnknownFlag = 3;

    private static readonly string[] OfFiles =
    [
        "bind.2,bind.2,bind-move.2,bind-not.2,unbind.2,bind.2",
        "bind.2,bind-over.2,bind-rest.2,unbind.2,bind.2",
        "bind-end.2,bind-past-end.2,bind.2",
        "bind-unaligned.2,bind-wraps.2,bind-past-end.2,bind-log.2,bind-read-only.2,bind,bind.2",
    ];

    public static CaseFamily Family { get; } =
        new(SlotCallsCase.Class, "what KVM_SET_USER_MEMORY_REGION returns for every kind of argument", () =>
            ByEither
                .Append(Flags(FirstUnknownFlag - 1))
                .Concat(ByEither.Append(Flags(FirstUnknownFlag)).Select(BySecond))
                .Concat(OfFiles)
                .Select(calls => new SlotCallsCase(calls))
        );

    private static string Flags(int from) =>
        string.Join(',', Enumerable.Range(from, 32 - from).Select(bit => $"flag-{bit}"));

    private static string BySecond(string calls) =>
        string.Join(',', calls.Split(',').Select(call => call + SlotCalls.BySecond));
}
