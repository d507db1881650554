using Harness.Targets.Qemu;
using Harness.Targets.Qemu.Snapshots;

namespace Harness.Targets.Tests;

/// <summary>The folder of snapshots, with files of a few bytes in place of machines.</summary>
public class SnapshotStoreTests
{
    private const string Qemu = "10.0.2 (Debian)";
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("snapshots-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void What_was_committed_is_found_with_its_notes()
    {
        var store = new SnapshotStore(_folder);
        Add(store, "a");
        var found = store.Find("a")!;
        Assert.That((found.Notes.Target, found.Notes.QemuVersion), Is.EqualTo(("fwb", Qemu)));
        Assert.That(File.ReadAllText(found.Memory), Is.EqualTo("memory of a"));
        Assert.That(found.Notes.Bytes, Is.Positive);
    }

    [Test]
    public void What_was_not_committed_is_not_found_and_leaves_nothing()
    {
        var store = new SnapshotStore(_folder);
        using (var draft = store.Begin("a", 0))
            File.WriteAllText(draft.Memory, "half");
        Assert.That(store.Find("a"), Is.Null);
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [TestCase("state", "other")]
    [TestCase("memory", "short")]
    [TestCase("notes.json", "{")]
    [TestCase("notes.json", "{\"Target\":\"fwb\"}")]
    public void A_damaged_one_is_not_found(string file, string content)
    {
        var store = new SnapshotStore(_folder);
        Add(store, "a");
        File.WriteAllText(Path.Combine(_folder, "a", file), content);
        Assert.That(store.Find("a"), Is.Null);
    }

    [TestCase("state")]
    [TestCase("memory")]
    public void One_that_lacks_a_file_is_not_found(string file)
    {
        var store = new SnapshotStore(_folder);
        Add(store, "a");
        File.Delete(Path.Combine(_folder, "a", file));
        Assert.That(store.Find("a"), Is.Null);
    }

    [Test]
    public void The_first_of_two_that_were_made_at_once_is_kept()
    {
        var store = new SnapshotStore(_folder);
        using var slow = Draft(store, "a");
        File.WriteAllText(slow.Memory, "of the slower");
        Add(store, "a");
        slow.Commit("fwb", Qemu);
        Assert.That(File.ReadAllText(store.Find("a")!.Memory), Is.EqualTo("memory of a"));
        Assert.That(Directory.EnumerateDirectories(_folder).Select(Path.GetFileName), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Over_the_limit_those_not_used_longest_go_first()
    {
        var unlimited = new SnapshotStore(_folder);
        foreach (string key in (string[])["a", "b", "c"])
            Add(unlimited, key);
        long each = unlimited.All()[0].Notes.Bytes;
        Used("a", daysAgo: 1);
        Used("b", daysAgo: 3);
        Used("c", daysAgo: 2);
        using var draft = new SnapshotStore(_folder, limitBytes: 2 * each).Begin("d", 0);
        Assert.That(
            Directory.EnumerateDirectories(_folder).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "a", "c", Path.GetFileName(Path.GetDirectoryName(draft.Memory)) })
        );
    }

    [Test]
    public void Finding_one_counts_as_its_use()
    {
        var store = new SnapshotStore(_folder);
        Add(store, "a");
        Add(store, "b");
        Used("a", daysAgo: 2);
        Used("b", daysAgo: 1);
        store.Find("a");
        Assert.That(store.All().Select(s => Path.GetFileName(s.Folder)), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void Without_enough_space_none_is_begun()
    {
        var thrown = Assert.Throws<IOException>(() => new SnapshotStore(_folder).Begin("a", 1L << 60));
        Assert.That(thrown.Message, Does.Match(@"has \d+ MiB free, a snapshot may take \d+"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void What_a_killed_harness_left_is_removed_by_a_later_one()
    {
        var store = new SnapshotStore(_folder);
        var left = Directory.CreateDirectory(Path.Combine(_folder, "a-0.part")).FullName;
        Directory.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-2));
        store.Begin("b", 0).Dispose();
        Assert.That(Directory.Exists(left), Is.False);
    }

    [Test]
    public void The_key_changes_with_whatever_changes_the_machine()
    {
        string kernel = Path.Combine(_folder, "kernel");
        File.WriteAllText(kernel, "1");
        var spec = new QemuSpec(kernel, "/img/initrd", "max");
        var keys = new HashSet<string>
        {
            SnapshotKey.Of(spec, "p"),
            SnapshotKey.Of(spec, "another probe"),
            SnapshotKey.Of(spec with { Cpu = "cortex-a76" }, "p"),
            SnapshotKey.Of(spec with { KernelArguments = ["kvm-arm.mode=nvhe"] }, "p"),
            SnapshotKey.Of(spec with { PciMemoryMiB = null }, "p"),
            SnapshotKey.Of(spec with { Program = "/bin/sh" }, "p"),
        };
        Assert.That(keys, Has.Count.EqualTo(6));
        Assert.That(SnapshotKey.Of(spec with { }, "p"), Is.AnyOf([.. keys]));
        File.WriteAllText(kernel, "22");
        Assert.That(SnapshotKey.Of(spec, "p"), Is.Not.AnyOf([.. keys]));
    }

    private static SnapshotDraft Draft(SnapshotStore store, string key)
    {
        var draft = store.Begin(key, 0);
        File.WriteAllText(draft.Memory, "memory of " + key);
        File.WriteAllText(draft.State, "state of " + key);
        return draft;
    }

    private static void Add(SnapshotStore store, string key)
    {
        using var draft = Draft(store, key);
        draft.Commit("fwb", Qemu);
    }

    private void Used(string key, int daysAgo) =>
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder, key), DateTime.UtcNow.AddDays(-daysAgo));
}
