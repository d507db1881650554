namespace Harness.Cases;

/// <summary>Where things are in a case's VM: guest physical addresses and sizes, in bytes.</summary>
public static class CaseLayout
{
    /// <summary>Size of the tested slot: a whole number of pages for 4, 16 and 64 KiB pages, and too small for a block.</summary>
    public const ulong TestSize = 64 << 10;

    /// <summary>The page under test is the first of its slot.</summary>
    public const ulong TestAddress = 0x4000_0000;

    public const int TestSlot = 1;

    /// <summary>The guest's code and vectors: ordinary memory of a slot of its own.</summary>
    public const ulong CodeAddress = 0x0010_0000;

    public const ulong CodeSize = 64 << 10;

    public const int CodeSlot = 0;

    /// <summary>No slot here: a store leaves the guest as KVM_EXIT_MMIO, and its data is the guest's report.</summary>
    public const ulong ReportAddress = 0x0900_0000;

    /// <summary>What a guest's store writes into the page under test.</summary>
    public const uint StoredValue = 0x5a5a_a5a5;

    /// <summary>One KVM_RUN may take this long before it is interrupted, in milliseconds.</summary>
    public const int RunTimeoutMs = 2000;

    /// <summary>The whole program may take this long on the target, in milliseconds.</summary>
    public const int DeadlineMs = 6000;
}
