using System.Globalization;
using System.Text.Json;
using Harness.Processes;

namespace Harness.Targets.Qemu.Snapshots;

/// <summary>
/// The snapshots of booted machines, in the user's cache: a folder each, named by <see cref="SnapshotKey"/>. What is
/// being made has another name until it is whole, so that what can be found was finished.
/// </summary>
/// <param name="folder">Where they are.</param>
/// <param name="limitBytes">Disk space for all of them; those that were not used longest go first.</param>
public sealed class SnapshotStore(string folder, long limitBytes = SnapshotStore.UsualLimit)
{
    public const long UsualLimit = 8L << 30;

    private const string NotesFile = "notes.json";
    private const string DraftSuffix = ".part";

    /// <summary>Free space that is left to others beside a machine's whole memory.</summary>
    private const long SpareBytes = 512L << 20;

    /// <summary>A draft without a write for this time was left behind by a killed harness.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict) { WriteIndented = true };

    public string Folder => folder;

    public long LimitBytes => limitBytes;

    /// <summary>Those there are, the last used first.</summary>
    public IReadOnlyList<Snapshot> All() =>
        !Directory.Exists(folder)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(folder)
                    .Where(d => !d.EndsWith(DraftSuffix, StringComparison.Ordinal))
                    .OrderByDescending(LastUse)
                    .Select(Read)
                    .OfType<Snapshot>(),
            ];

    /// <summary>The snapshot of a machine, if there is a whole one.</summary>
    public Snapshot? Find(string key)
    {
        var at = Path.Combine(folder, key);
        if (Read(at) is not { } found)
            return null;
        if (!IsWhole(found))
        {
            Remove(found);
            return null;
        }
        try
        {
            Directory.SetLastWriteTimeUtc(at, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's cache, or removed just now: the restore will tell.
        }
        return found;
    }

    /// <summary>Makes room and a folder for a new one.</summary>
    /// <exception cref="IOException">There is not enough free space; or the folder can't be written.</exception>
    public SnapshotDraft Begin(string key, long memoryBytes)
    {
        Directory.CreateDirectory(folder);
        MakeRoom();
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < memoryBytes + SpareBytes)
            throw new IOException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{folder} has {free >> 20} MiB free, a snapshot may take {memoryBytes + SpareBytes >> 20}"
                )
            );
        var draft = Path.Combine(folder, $"{key}-{Guid.NewGuid():N}{DraftSuffix}");
        Directory.CreateDirectory(draft);
        return new SnapshotDraft(draft, Path.Combine(folder, key));
    }

    /// <summary>Removes one that does not serve. A machine that runs from it keeps its memory.</summary>
    public static void Remove(Snapshot snapshot) => Delete(snapshot.Folder);

    internal static void WriteNotes(string draft, SnapshotNotes notes) =>
        File.WriteAllText(Path.Combine(draft, NotesFile), JsonSerializer.Serialize(notes, Json));

    internal static void Delete(string at)
    {
        try
        {
            Directory.Delete(at, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone already, or not ours.
        }
    }

    private void MakeRoom()
    {
        foreach (var draft in Directory.EnumerateDirectories(folder, "*" + DraftSuffix))
            if (DateTime.UtcNow - LastUse(draft) > Abandoned)
                Delete(draft);
        long kept = 0;
        foreach (var snapshot in All())
            if ((kept += snapshot.Notes.Bytes) > limitBytes)
                Remove(snapshot);
    }

    private static bool IsWhole(Snapshot snapshot) =>
        new FileInfo(snapshot.Memory) is { Exists: true } memory
        && memory.Length == snapshot.Notes.MemorySize
        && File.Exists(snapshot.State)
        && FileHash.Sha256(snapshot.State) == snapshot.Notes.StateHash;

    private static Snapshot? Read(string at)
    {
        try
        {
            return
                JsonSerializer.Deserialize<SnapshotNotes>(File.ReadAllText(Path.Combine(at, NotesFile)), Json)
                    is { } notes
                ? new Snapshot(at, notes)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static DateTime LastUse(string at) => Directory.GetLastWriteTimeUtc(at);
}
