using System.IO.Compression;
using System.Text;

namespace Harness.Images.Tests;

/// <summary>Images of user-built kernels.</summary>
[NonParallelizable]
public class LocalKernelTests
{
    private Sources _sources = null!;
    private FakePrograms _programs = null!;
    private List<string> _told = null!;
    private string _tree = null!;
    private string? _mirror;

    [SetUp]
    public void Prepare()
    {
        _sources = new Sources();
        _programs = new FakePrograms();
        _told = [];
        _tree = Path.Combine(_sources.Folder, "../linux");
        _mirror = Environment.GetEnvironmentVariable(DebianMirror.Variable);
        Environment.SetEnvironmentVariable(DebianMirror.Variable, "http://mirror.test/debian");
    }

    [TearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(DebianMirror.Variable, _mirror);
        _sources.Dispose();
    }

    [Test]
    public async Task A_tree_that_was_built_makes_an_image_with_its_modules_and_the_exporter_built_against_it()
    {
        Tree();
        var image = await BuildAsync(new LocalKernel(_tree));
        Assert.That(image.Track, Is.EqualTo("local"));
        Assert.That(image.KernelRelease, Is.EqualTo("7.4.0-rc1-mine"));
        Assert.That(File.ReadAllBytes(image.KernelPath), Is.EqualTo(Image("7.4.0-rc1-mine")));
        Assert.That(image.ExporterPath, Does.Exist);
        Assert.That(
            _programs.Started.Single(s => s.Program == "make").Arguments,
            Is.SupersetOf(new[] { "-C", _tree, "ARCH=arm64" })
                .And.None.EqualTo("LLVM=1")
                .And.None.EqualTo("KBUILD_MODPOST_WARN=1")
        );
        Assert.That(Packed, Is.EqualTo(new[] { "00-virtio_net.ko" }), "failover is built in");
    }

    [Test]
    public async Task An_unchanged_kernel_is_not_rebuilt_and_a_changed_one_needs_no_archive()
    {
        Tree();
        var first = await BuildAsync(new LocalKernel(_tree));
        _programs.Started.Clear();
        Assert.That((await BuildAsync(new LocalKernel(_tree))).Folder, Is.EqualTo(first.Folder));
        Assert.That(_programs.Started, Is.Empty);

        foreach (
            var change in new (string File, byte[] Content)[]
            {
                ("arch/arm64/boot/Image", Image("7.4.0-rc1-mine", "another build")),
                ("drivers/net/virtio_net.ko", [1]),
                ("Module.symvers", [2]),
                (".config", [3]),
            }
        )
        {
            string before = _sources.Store.Resolved("local")!.Release;
            Write(change.File, change.Content);
            var next = await BuildAsync(new LocalKernel(_tree));
            Assert.That(next.Folder, Is.Not.EqualTo(first.Folder), change.File);
            Assert.That(
                _programs.Started.Select(s => s.Program),
                Has.None.StartsWith("apt").And.None.EqualTo("mmdebstrap"),
                before
            );
            first = next;
        }
    }

    [Test]
    public async Task An_Image_alone_makes_an_image_without_the_exporter_and_says_so()
    {
        Write("Image.gz", Gzip(Image("6.9.1")));
        var image = await BuildAsync(new LocalKernel(Path.Combine(_tree, "Image.gz")));
        Assert.That(image.KernelRelease, Is.EqualTo("6.9.1"));
        Assert.That(image.NoExporter, Does.Contain("--kernel-headers"));
        Assert.That(_told, Has.Some.Contains(image.NoExporter));
        Assert.That(Packed, Is.Empty);
    }

    [Test]
    public async Task Modules_and_headers_may_be_elsewhere()
    {
        Write("Image", Image("6.9.1"));
        Write("mods/lib/modules/6.9.1/kernel/failover.ko.zst");
        Write("headers/Makefile");
        Write("headers/include/config/auto.conf", "CONFIG_CC_IS_CLANG=y\n"u8);
        Write("headers/include/generated/utsrelease.h", "#define UTS_RELEASE \"6.9.1\"\n"u8);
        var image = await BuildAsync(new LocalKernel(At("Image"), At("mods"), At("headers")));
        Assert.That(image.ExporterPath, Does.Exist);
        Assert.That(Packed, Is.EqualTo(new[] { "00-failover.ko.zst" }));
        Assert.That(
            _programs.Started.Single(s => s.Program == "make").Arguments,
            Has.Some.EqualTo("LLVM=1").And.Some.EqualTo("KBUILD_MODPOST_WARN=1")
        );
    }

    [TestCase("CONFIG_VFIO_PCI_CORE=y\n", true)]
    [TestCase("CONFIG_VFIO_PCI_CORE=m\n", true)]
    [TestCase("# CONFIG_VFIO_PCI_CORE is not set\n", false)]
    public async Task A_kernel_with_VFIO_gets_the_variant_driver(string option, bool gets)
    {
        Tree();
        File.AppendAllText(At(".config"), option);
        await BuildAsync(new LocalKernel(_tree));
        Assert.That(_programs.HasVariant, Is.EqualTo(gets));
    }

    [Test]
    public async Task Headers_of_another_kernel_or_none_at_all_leave_the_exporter_out()
    {
        Tree();
        Write("include/generated/utsrelease.h", "#define UTS_RELEASE \"7.4.0-rc2\"\n"u8);
        Assert.That(
            (await BuildAsync(new LocalKernel(_tree))).NoExporter,
            Is.EqualTo($"{_tree} is of 7.4.0-rc2, the kernel is 7.4.0-rc1-mine")
        );
        File.Delete(At("Makefile"));
        Assert.That((await BuildAsync(new LocalKernel(_tree))).NoExporter, Does.Contain("has no Makefile"));
        Assert.That(_programs.Started.Select(s => s.Program), Has.None.EqualTo("make"));
    }

    [Test]
    public async Task A_tree_that_the_exporter_does_not_compile_against_still_boots_and_is_tried_again()
    {
        Tree();
        _programs.Before = (_, spec) =>
            spec.Program == "make" ? FakePrograms.Result(spec, 2, "", "x.c:1: error: no such thing\n") : null;
        Assert.That((await BuildAsync(new LocalKernel(_tree))).NoExporter, Does.Contain("no such thing"));
        _programs.Before = (_, _) => null;
        Assert.That((await BuildAsync(new LocalKernel(_tree))).ExporterPath, Does.Exist);
    }

    [Test]
    public async Task Options_that_the_guest_needs_and_the_kernel_lacks_are_reported()
    {
        Tree();
        Write(".config", "CONFIG_KVM=y\nCONFIG_VIRTIO_NET=m\n# CONFIG_RD_ZSTD is not set\n"u8);
        await BuildAsync(new LocalKernel(_tree));
        Assert.That(
            _told,
            Has.Some.Contains("CONFIG_RD_ZSTD")
                .And.Some.Contains("CONFIG_BLK_DEV_INITRD")
                .And.None.Contains("CONFIG_KVM")
                .And.None.Contains("CONFIG_VIRTIO_NET")
        );
    }

    [Test]
    public async Task A_track_of_the_recipe_may_be_a_path()
    {
        Tree();
        _sources.Write(
            "tracks.json",
            Sources.Changed("\"tracks\": [", "\"tracks\": [ { \"name\": \"mine\", \"path\": \"../linux\" },")
        );
        Assert.That(_sources.Store.Find("mine"), Is.Null);
        var images = await new ImageBuilder(_sources.Store, _programs).BuildAsync(
            ["mine", "7.2"],
            false,
            new Told(_told),
            default
        );
        Assert.That(images.Select(i => i.KernelRelease), Is.EqualTo(new[] { "7.4.0-rc1-mine", "7.2.1+deb13-arm64" }));
        Assert.That(_sources.Store.Find("mine")!.Folder, Is.EqualTo(images[0].Folder));
        Assert.That(() => _sources.Store.Find("mine@7.4"), Throws.InstanceOf<UnknownTrackException>());
    }

    [Test]
    public async Task A_path_of_the_recipe_that_is_not_there_stops_no_other_track()
    {
        _sources.Write(
            "tracks.json",
            Sources.Changed("\"tracks\": [", "\"tracks\": [ { \"name\": \"mine\", \"path\": \"../nowhere\" },")
        );
        var results = await new ImageBuilder(_sources.Store, _programs).BuildEachAsync(
            ["mine", "7.2"],
            false,
            new Told(_told),
            default
        );
        Assert.That(results[0].Problem, Has.Message.Contains("nowhere does not exist"));
        Assert.That(results[1].Image, Is.Not.Null);
    }

    [Test]
    public void A_file_that_is_not_a_kernel_is_refused_with_its_path()
    {
        Write("notes.txt", "these are notes, long enough to have a byte fifty-six and many more"u8);
        Write("nameless", Image(""));
        Write("short", "x"u8);
        Assert.Multiple(() =>
        {
            Refused("notes.txt", "is no arm64 Image");
            Refused("nameless", "does not say which kernel it is");
            Refused("short", "is no arm64 Image");
            Refused("nothing", "does not exist");
            Refused("", "has no arch/arm64/boot/Image", notBuilt: true);
        });
        Write("arch/arm64/boot/Image", "x"u8);
        Refused("", "is no arm64 Image", notBuilt: true);
        Write("Image", Image("6.9.1"));
        Assert.That(
            () => BuildAsync(new LocalKernel(At("Image"), Modules: At("nothing"))),
            Throws.InstanceOf<ImageException>().With.Message.Contains("nothing is not a folder")
        );
    }

    private void Refused(string file, string why, bool notBuilt = false) =>
        Assert.That(
            () => BuildAsync(new LocalKernel(At(file))),
            Throws
                .InstanceOf<LocalKernelException>()
                .With.Message.Contains(why)
                .And.Message.Contains(file)
                .And.Property(nameof(LocalKernelException.NotBuilt))
                .EqualTo(notBuilt)
        );

    [Test]
    public void A_kernels_configuration_reports_what_its_host_can_not_do()
    {
        Tree();
        Write(".config", "CONFIG_SECRETMEM=y\nCONFIG_IOMMUFD=m\n# CONFIG_DEVMEM is not set\n"u8);
        var notes = _sources.Store.Examine(new LocalKernel(_tree));
        Assert.That(notes.Release, Is.EqualTo("7.4.0-rc1-mine"));
        Assert.That(notes.NoExporter, Is.Null);
        Assert.That(
            notes.Lacking.Select(o => o.Name),
            Has.Some.EqualTo("CONFIG_DEVMEM")
                .And.Some.EqualTo("CONFIG_TRANSPARENT_HUGEPAGE_ALWAYS")
                .And.None.EqualTo("CONFIG_SECRETMEM")
                .And.None.Contains("CONFIG_IOMMUFD")
        );
        Assert.That(
            _sources.Store.Examine(new LocalKernel(At("arch/arm64/boot/Image"))).Lacking,
            Is.Empty,
            "there is no configuration to read"
        );
        Assert.That(_programs.Started, Is.Empty);
    }

    /// <summary>The modules in the last image's root file system, as they were copied.</summary>
    private IEnumerable<string?> Packed => _programs.Modules.Order();

    private void Tree()
    {
        Write("arch/arm64/boot/Image", Image("7.4.0-rc1-mine"));
        Write("Makefile");
        Write(".config", "CONFIG_KVM=y\n"u8);
        Write("Module.symvers");
        Write("include/generated/utsrelease.h", "#define UTS_RELEASE \"7.4.0-rc1-mine\"\n"u8);
        Write("drivers/net/virtio_net.ko");
    }

    // Documentation/arch/arm64/booting.rst
    private static byte[] Image(string release, string more = "")
    {
        byte[] banner = Encoding.ASCII.GetBytes($"Linux version {release} (me@here) {more}\n");
        byte[] image = new byte[64 + banner.Length];
        "ARM\x64"u8.CopyTo(image.AsSpan(56));
        banner.CopyTo(image, 64);
        return image;
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
            gzip.Write(content);
        return packed.ToArray();
    }

    private string At(string file) => Path.Combine(_tree, file);

    private void Write(string file, ReadOnlySpan<byte> content = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        File.WriteAllBytes(At(file), content);
    }

    private Task<GuestImage> BuildAsync(LocalKernel kernel) =>
        new ImageBuilder(_sources.Store, _programs).BuildAsync(kernel, new Told(_told), default);

    private sealed class Told(List<string> told) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => told.Add(value.Step);
    }
}
