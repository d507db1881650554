using Harness.Processes;

namespace Harness.Targets.Qemu.Snapshots;

/// <summary>A snapshot that is being made. Disposing one that was not committed removes it.</summary>
/// <param name="folder">Its own.</param>
/// <param name="final">Where it belongs once it is whole.</param>
public sealed class SnapshotDraft(string folder, string final) : IDisposable
{
    public string Memory => Snapshot.MemoryIn(folder);

    public string State => Snapshot.StateIn(folder);

    /// <summary>Gives it its name. Where somebody else was first, theirs is kept: it is the same.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public Snapshot Commit(string target, string qemuVersion)
    {
        var notes = new SnapshotNotes(
            target,
            qemuVersion,
            DateTimeOffset.UtcNow,
            FileHash.Sha256(State),
            new FileInfo(Memory).Length,
            BytesOnDisk(Memory) + BytesOnDisk(State)
        );
        SnapshotStore.WriteNotes(folder, notes);
        try
        {
            Directory.Move(folder, final);
        }
        catch (IOException) when (Directory.Exists(final))
        {
            SnapshotStore.Delete(folder);
        }
        return new Snapshot(final, notes);
    }

    public void Dispose() => SnapshotStore.Delete(folder);

    private static long BytesOnDisk(string file) => FileStatus.Of(file)?.BytesOnDisk ?? new FileInfo(file).Length;
}
