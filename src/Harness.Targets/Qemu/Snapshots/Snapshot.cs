namespace Harness.Targets.Qemu.Snapshots;

/// <summary>A machine that has booted, in files: its memory, and the state of its devices.</summary>
/// <param name="Folder">Where they are.</param>
/// <param name="Notes">What it is.</param>
public sealed record Snapshot(string Folder, SnapshotNotes Notes)
{
    /// <summary>The machine's RAM. Sparse: pages that the guest never wrote take no space.</summary>
    public string Memory => MemoryIn(Folder);

    /// <summary>QEMU's migration stream without the RAM: half a megabyte.</summary>
    public string State => StateIn(Folder);

    internal static string MemoryIn(string folder) => Path.Combine(folder, "memory");

    internal static string StateIn(string folder) => Path.Combine(folder, "state");
}

/// <summary>What a snapshot is, as its notes.json has it.</summary>
/// <param name="Target">The target that it was made for.</param>
/// <param name="QemuVersion">Another QEMU may not understand the state.</param>
/// <param name="Made">When.</param>
/// <param name="StateHash">SHA-256 of the state, in hex.</param>
/// <param name="MemorySize">Of the memory file, holes included, in bytes.</param>
/// <param name="Bytes">What the files take on disk.</param>
public sealed record SnapshotNotes(
    string Target,
    string QemuVersion,
    DateTimeOffset Made,
    string StateHash,
    long MemorySize,
    long Bytes
);
