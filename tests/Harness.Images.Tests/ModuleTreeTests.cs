namespace Harness.Images.Tests;

/// <summary>Modules are found anywhere in a tree, and their dependencies come before them.</summary>
public class ModuleTreeTests
{
    private string _folder = null!;

    [SetUp]
    public void Prepare() => _folder = Directory.CreateTempSubdirectory("harness-modules-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Modules_come_in_the_order_requested_and_those_that_are_not_there_are_left_out()
    {
        Write("drivers/net/virtio_net.ko");
        Write("net/core/failover.ko.xz");
        Assert.That(
            Names(["virtio", "failover", "virtio_net", "failover"]),
            Is.EqualTo(new[] { "failover", "virtio_net" })
        );
        Assert.That(new ModuleTree(_folder).Find("failover"), Does.EndWith("net/core/failover.ko.xz"));
    }

    [Test]
    public void Module_dependencies_are_loaded_first()
    {
        foreach (string module in new[] { "a.ko", "b.ko.zst", "vfio-c.ko" })
            Write("kernel/" + module);
        Write(
            "modules.dep",
            "kernel/a.ko: kernel/b.ko.zst kernel/vfio-c.ko\nkernel/b.ko.zst: kernel/vfio-c.ko\nkernel/vfio-c.ko:\n"
        );
        Assert.That(Names(["a"]), Is.EqualTo(new[] { "vfio_c", "b", "a" }));
        Assert.That(Names(["b", "a"]), Is.EqualTo(new[] { "vfio_c", "b", "a" }));
    }

    [Test]
    public void Built_in_options_are_known_from_the_tree()
    {
        Write("modules.builtin", "kernel/drivers/virtio/virtio-ring.ko\n");
        var tree = new ModuleTree(_folder);
        Assert.That(tree.IsBuiltIn("virtio_ring"), Is.True);
        Assert.That(tree.IsBuiltIn("virtio_net"), Is.False);
        Assert.That(tree.Find("virtio_ring"), Is.Null);
    }

    [TestCase("virtio.kobj")]
    [TestCase("virtio.ko.cmd")]
    [TestCase(".ko")]
    [TestCase("virtio.o")]
    public void Only_modules_are_modules(string file)
    {
        Write(file);
        Assert.That(Names(["virtio", ""]), Is.Empty);
    }

    [Test]
    public void Links_out_of_the_tree_are_not_followed()
    {
        Write("real/virtio.ko");
        Directory.CreateDirectory(Path.Combine(_folder, "modules"));
        File.CreateSymbolicLink(Path.Combine(_folder, "modules/build"), Path.Combine(_folder, "real"));
        Assert.That(new ModuleTree(Path.Combine(_folder, "modules")).Find("virtio"), Is.Null);
    }

    private IEnumerable<string> Names(IEnumerable<string> asked) =>
        new ModuleTree(_folder).InOrder(asked).Select(m => m.Key);

    private void Write(string name, string text = "")
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
