using System.Text;
using Harness.Processes;

namespace Harness.Images.Tests;

/// <summary>Images of kernels that are built from the archive's source.</summary>
[NonParallelizable]
public class BuiltTrackTests
{
    private const string Track = "6.12-64k";
    private const string Package = "linux-source-6.12";

    private Sources _sources = null!;
    private FakePrograms _programs = null!;
    private List<string> _steps = null!;
    private string _compiler = "12.2.0";
    private string? _mirror;

    [SetUp]
    public void Prepare()
    {
        _sources = new Sources(
            Sources.Changed(
                "\"tracks\": [",
                $$"""
                "tracks": [
                    { "name": "{{Track}}", "suites": ["stable"], "source": "{{Package}}", "fragments": ["a.config", "b.config"], "pageKiB": 64 },
                """
            )
        );
        Directory.CreateDirectory(_sources.PathOf("kernel"));
        _sources.Write("kernel/a.config", "CONFIG_KVM=y\nCONFIG_ARM64_4K_PAGES=y\n");
        _sources.Write("kernel/b.config", "# CONFIG_ARM64_4K_PAGES is not set\nCONFIG_ARM64_64K_PAGES=y\n");
        _compiler = "12.2.0";
        _programs = new FakePrograms { Before = (_, spec) => Build(spec) };
        _programs.Archive[Package] = "6.12.117-1~bpo12+1";
        _steps = [];
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
    public async Task A_kernel_is_built_from_its_source_with_its_fragments_in_order_and_the_exporter_against_it()
    {
        string? fragments = null;
        _programs.Before = (_, spec) =>
        {
            if (spec.Arguments is [.., "allnoconfig"])
                fragments = File.ReadAllText(
                    spec.Arguments.Single(a => a.StartsWith("KCONFIG_ALLCONFIG=", StringComparison.Ordinal)).Split('=')[
                        1
                    ]
                );
            return Build(spec);
        };
        var image = await BuildAsync();

        Assert.That(image.KernelRelease, Is.EqualTo("6.12.117"));
        Assert.That(image.NoExporter, Is.Null);
        Assert.That(
            image.Packages,
            Is.EqualTo(new[] { "aarch64-linux-gnu-gcc=12.2.0", $"{Package}=6.12.117-1~bpo12+1" })
        );
        Assert.That(
            fragments,
            Is.EqualTo(
                "CONFIG_KVM=y\nCONFIG_ARM64_4K_PAGES=y\n# CONFIG_ARM64_4K_PAGES is not set\nCONFIG_ARM64_64K_PAGES=y\n"
            )
        );
        Assert.That(_steps, Has.Some.Contains("compiling the kernel"));
        Assert.That(_sources.Store.Find(Track)!.Folder, Is.EqualTo(image.Folder));
    }

    [Test]
    public async Task What_is_left_of_a_tree_has_no_sources_and_no_objects()
    {
        await BuildAsync();
        string kept = Directory.GetDirectories(_sources.Store.KernelsFolder).Single();

        Assert.That(File.Exists(Path.Combine(kept, "arch/arm64/boot/Image")));
        Assert.That(File.Exists(Path.Combine(kept, "modules/virtio_net.ko")));
        Assert.That(
            Directory.EnumerateFiles(kept, "*", SearchOption.AllDirectories).Select(f => Path.GetExtension(f)),
            Has.None.EqualTo(".c").And.None.EqualTo(".o")
        );
        Assert.That(Directory.EnumerateDirectories(_sources.Cache, "building-*"), Is.Empty);
    }

    [Test]
    public async Task A_kernel_that_is_there_is_not_built_again_though_the_exporter_s_source_has_changed()
    {
        await BuildAsync();
        _programs.Started.Clear();
        _sources.Write("exporter/stage2_exporter.c", "int y;\n");
        await BuildAsync();

        Assert.That(_programs.Started.Where(s => s.Arguments.Contains("Image")), Is.Empty);
        Assert.That(_programs.Started.Where(s => s.Program == "make"), Is.Not.Empty);
    }

    [TestCase("fragment")]
    [TestCase("source")]
    [TestCase("compiler")]
    public async Task A_kernel_is_built_again_where_what_decides_about_it_has_changed(string what)
    {
        var before = await BuildAsync();
        _programs.Started.Clear();
        if (what == "fragment")
            _sources.Write("kernel/b.config", "CONFIG_ARM64_16K_PAGES=y\n");
        else if (what == "source")
            _programs.Archive[Package] = "6.12.118-1~bpo12+1";
        else
            _compiler = "14.2.0";
        var after = await BuildAsync(refresh: true);

        Assert.That(after.ContentHash, Is.Not.EqualTo(before.ContentHash));
        Assert.That(_programs.Started.Where(s => s.Arguments.Contains("Image")), Has.Exactly(1).Items);
        Assert.That(Directory.GetDirectories(_sources.Store.KernelsFolder), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_kernel_that_does_not_compile_is_reported_with_the_first_error_and_leaves_nothing()
    {
        _programs.Before = (_, spec) =>
            spec.Arguments.Contains("Image")
                ? FakePrograms.Result(spec, 2, "", "mm/x.c:1: error: no such thing\n")
                : Build(spec);

        Assert.That(
            () => BuildAsync(),
            Throws.InstanceOf<KernelBuildException>().With.Message.Contains("no such thing")
        );
        Assert.That(Directory.GetDirectories(_sources.Store.KernelsFolder), Is.Empty);
    }

    [Test]
    public async Task Other_images_are_built_while_a_kernel_compiles_and_a_second_build_of_it_waits()
    {
        var others = new List<string>();
        Task<GuestImage>? second = null;
        var secondSteps = new List<string>();
        _programs.Before = (_, spec) =>
        {
            if (spec.Arguments.Contains("Image") && second is null)
            {
                second = BuildAsync(steps: secondSteps);
                Assert.That(() => secondSteps, Has.Some.Contains("waiting").After(20_000, 20));
                var other = new ImageBuilder(_sources.Store, _programs).BuildAsync(
                    ["6.12"],
                    refresh: false,
                    new Steps(others),
                    CancellationToken.None
                );
                Assert.That(() => other.IsCompleted, Is.True.After(20_000, 20));
            }
            return Build(spec);
        };
        var image = await BuildAsync();
        var again = await second!;

        Assert.That(others, Has.None.Contains("waiting"));
        Assert.That(secondSteps, Has.Some.EqualTo($"waiting for another build of kernels/{Track}"));
        Assert.That(again.Folder, Is.EqualTo(image.Folder));
        Assert.That(_programs.Started.Where(s => s.Arguments.Contains("Image")), Has.Exactly(1).Items);
    }

    [Test]
    public void A_source_that_has_left_the_archive_is_named()
    {
        _programs.Archive.Remove(Package);

        Assert.That(() => BuildAsync(), Throws.InstanceOf<TrackGoneException>().With.Message.Contains(Package));
    }

    [Test]
    public void A_built_kernel_has_no_point_releases() =>
        Assert.That(
            () => _sources.Store.Find($"{Track}@6.12.1"),
            Throws.InstanceOf<UnknownTrackException>().With.Message.Contains("no point releases")
        );

    [TestCase(1, 4)]
    [TestCase(2, 16)]
    [TestCase(3, 64)]
    public void The_page_size_of_an_Image_is_in_its_header(byte field, int pageKiB)
    {
        string path = _sources.PathOf("Image");
        File.WriteAllBytes(path, Image(field));

        Assert.That(new LocalKernel(path).PageKiB, Is.EqualTo(pageKiB));
    }

    [Test]
    public void The_committed_64_KiB_track_has_the_shipped_configuration_with_another_page_size()
    {
        var sources = new ImageSources(Sources.Committed);
        var track = sources.Recipe.Track(Track);
        var files = sources.FragmentsOf(track);

        Assert.That(sources.PageKiBOf(Track), Is.EqualTo(64));
        Assert.That(sources.PageKiBOf("6.12-16k"), Is.EqualTo(16));
        Assert.That(sources.PageKiBOf("6.12"), Is.EqualTo(4));
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(new[] { "testable.config", "64k.config" }));
        Assert.That(
            File.ReadLines(files[1]).Where(l => !l.StartsWith("# P", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "# CONFIG_ARM64_4K_PAGES is not set", "CONFIG_ARM64_64K_PAGES=y" })
        );
    }

    private async Task<GuestImage> BuildAsync(bool refresh = false, List<string>? steps = null) =>
        (
            await new ImageBuilder(_sources.Store, _programs).BuildAsync(
                [Track],
                refresh,
                new Steps(steps ?? _steps),
                CancellationToken.None
            )
        ).Single();

    /// <summary>What a build of a kernel starts.</summary>
    private ProcessResult? Build(ProcessSpec spec)
    {
        string? at = spec.WorkingDirectory;
        if (spec.Arguments is ["-dumpfullversion"])
            return FakePrograms.Result(spec, 0, _compiler + "\n");
        if (spec.Arguments is ["--version"])
            return FakePrograms.Result(spec, 0, "1\n");
        if (spec is { Program: "dpkg-deb", Arguments: ["--extract", _, var into] })
            Write(into, $"usr/src/{Package}.tar.xz");
        else if (spec is { Program: "tar", Arguments: ["xf", ..] })
            Write(at!, "Makefile", "mm/x.c", "scripts/mod", "arch/arm64/include/asm/x.h", "include/linux/x.h");
        else if (spec.Program == "nice" && spec.Arguments.Contains("allnoconfig"))
            File.WriteAllText(Path.Combine(at!, ".config"), "CONFIG_KVM=y\n");
        else if (spec.Program == "nice" && spec.Arguments.Contains("Image"))
        {
            Write(at!, "mm/x.o", "Module.symvers", "drivers/net/virtio_net.ko", "arch/arm64/boot/Image");
            File.WriteAllBytes(Path.Combine(at!, "arch/arm64/boot/Image"), Image(3));
        }
        else
            return null;
        return FakePrograms.Result(spec, 0, "");
    }

    private static void Write(string folder, params string[] files)
    {
        foreach (string file in files.Select(f => Path.Combine(folder, f)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "x");
        }
    }

    private static byte[] Image(byte pageSize)
    {
        byte[] banner = Encoding.ASCII.GetBytes("Linux version 6.12.117 (me@here)\n");
        byte[] image = new byte[64 + banner.Length];
        "ARM\x64"u8.CopyTo(image.AsSpan(56));
        image[24] = (byte)(pageSize << 1);
        banner.CopyTo(image, 64);
        return image;
    }

    private sealed class Steps(List<string> steps) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => steps.Add(value.Step);
    }
}
