using Harness.Model.Rings;

namespace Harness.Cases.Families;

/// <summary>
/// A vCPU with a full dirty ring, and what the VMM must do so that it goes on and no store is lost.
/// </summary>
internal static class FullRings
{
    private static readonly string[] Names =
    [
        // The 192nd entry of 256 stops the guest; reading alone doesn't help.
        "store.191,store.1,run,read,run,reset,run,read,reset",
        "store.300,read,reset,run,read,reset",
        // Several times full.
        "store.500,read,reset,run,read,reset,run,read,reset",
        // Entries that were read and not reset count, and their pages stay writable.
        "store.150,read,store.60,run,reset,run,read,reset",
        "store.100,rewind,store.100,read,rewind,store.100,read,reset,rewind,store.200,read,reset,run,read,reset",
        // A reset of nothing, and of a ring that is not full.
        "reset,store.10,reset,read,reset,read,reset",
    ];

    public static CaseFamily Family { get; } =
        new(RingCase.KeyWord, "a dirty ring that is full: when its vCPU stops, and what lets it go on", () =>
            Names.Select(n => new RingCase(n))
        );
}
