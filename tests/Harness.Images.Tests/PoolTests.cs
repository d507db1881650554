using System.Security.Cryptography;
using System.Text;
using Harness.Processes;

namespace Harness.Images.Tests;

/// <summary>Headers that no signed index lists any more.</summary>
[NonParallelizable]
public class PoolTests
{
    private const string Headers = "linux-headers-6.12.12+deb13-arm64_6.12.12-1_arm64.deb";

    private static readonly string Kbuild = $"linux-kbuild-6.12.12+deb13_6.12.12-1_{KernelArchive.Native}.deb";

    private Sources _sources = null!;
    private FakePrograms _programs = null!;
    private List<string> _told = null!;
    private string? _mirror;

    [SetUp]
    public void Prepare()
    {
        _sources = new Sources();
        _programs = new FakePrograms();
        _told = [];
        _mirror = Environment.GetEnvironmentVariable(DebianMirror.Variable);
        Environment.SetEnvironmentVariable(DebianMirror.Variable, "http://mirror.test/debian");
        _programs.Archive.Remove("linux-headers-6.12.12+deb13-arm64");
        _programs.Archive.Remove("linux-kbuild-6.12.12+deb13");
        _programs.Pool[Headers] = "headers";
        _programs.Pool[Kbuild] = "kbuild";
    }

    [TearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(DebianMirror.Variable, _mirror);
        _sources.Dispose();
    }

    private string Record => Path.Combine(_sources.Cache, "pool.sha256");

    [Test]
    public async Task Headers_that_no_index_lists_come_from_the_pool_and_their_hash_is_recorded_and_reported()
    {
        var image = await BuildAsync();
        Assert.That(image.ExporterPath, Does.Exist);
        Assert.That(image.NoExporter, Is.Null);
        Assert.That(
            image.Packages,
            Is.EqualTo(
                new[]
                {
                    "linux-headers-6.12.12+deb13-arm64=6.12.12-1",
                    "linux-image-6.12.12+deb13-arm64=6.12.12-1",
                    "linux-kbuild-6.12.12+deb13=6.12.12-1",
                }
            )
        );
        Assert.That(
            File.ReadAllLines(Record),
            Is.EqualTo(new[] { $"{Hash("headers")}  {Headers}", $"{Hash("kbuild")}  {Kbuild}" })
        );
        Assert.That(_told, Has.Some.Contains(Headers).And.Some.Contains(Hash("headers")));
        Assert.That(
            _programs
                .Started.Where(s => s.Program.EndsWith("/apt-helper", StringComparison.Ordinal))
                .Select(s => s.Arguments[^2]),
            Is.EqualTo(new[] { Headers, Kbuild }.Select(f => "http://mirror.test/debian/pool/main/l/linux/" + f))
        );
        Assert.That(
            _programs
                .Started.Single(s => s.Program == "mmdebstrap" && s.Arguments.Any(a => a.Contains("include=make")))
                .CommandLine,
            Does.Not.Contain("linux-kbuild")
        );
    }

    [Test]
    public async Task Another_file_of_the_same_name_is_refused_until_its_line_is_deleted()
    {
        await BuildAsync();
        _sources.Write("exporter/stage2_exporter.c", "int changed;\n");
        await BuildAsync();
        Assert.That(File.ReadAllLines(Record), Has.Length.EqualTo(2));

        _sources.Write("exporter/stage2_exporter.c", "int changed_again;\n");
        _programs.Pool[Headers] = "others";
        _programs.Started.Clear();
        Assert.That(
            BuildAsync,
            Throws
                .InstanceOf<ImageException>()
                .With.Message.StartsWith(Headers)
                .And.Message.Contains(Hash("headers"))
                .And.Message.Contains(Hash("others"))
                .And.Message.Contains(Record)
        );
        Assert.That(_programs.Started.Select(s => s.Program), Has.None.EqualTo("dpkg-deb"));

        File.WriteAllLines(
            Record,
            File.ReadAllLines(Record).Where(l => !l.EndsWith(Headers, StringComparison.Ordinal))
        );
        await BuildAsync();
    }

    [Test]
    public async Task A_file_that_the_repository_knows_must_be_that_one_and_is_not_recorded()
    {
        _sources.Write("pool.sha256", $"# known\n{Hash("headers")}  {Headers}\n");
        await BuildAsync();
        Assert.That(File.ReadAllLines(Record), Is.EqualTo(new[] { $"{Hash("kbuild")}  {Kbuild}" }));
        Assert.That(_told, Has.None.Contains(Headers));

        _sources.Write("exporter/stage2_exporter.c", "int changed;\n");
        _programs.Pool[Headers] = "others";
        Assert.That(
            BuildAsync,
            Throws
                .InstanceOf<ImageException>()
                .With.Message.StartsWith(Headers)
                .And.Message.Contains(Hash("others"))
                .And.Message.Contains(Hash("headers"))
                .And.Message.Contains("pool.sha256")
        );
    }

    [Test]
    public void The_repository_has_a_hash_for_each_file_it_names()
    {
        var lines = File.ReadAllLines(Path.Combine(Sources.Committed, "pool.sha256"))
            .Where(l => !l.StartsWith('#'))
            .ToList();

        Assert.That(lines, Is.Not.Empty);
        Assert.That(lines, Has.All.Match("^[0-9a-f]{64}  linux-[a-z]+-[^ ]+_(arm64|all|amd64)\\.deb$"));
        Assert.That(lines.Select(l => l.Split("  ")[1]), Is.Unique);
    }

    [Test]
    public async Task Without_headers_the_image_is_built_without_the_exporter_and_says_so_until_they_are_back()
    {
        _programs.Pool.Remove(Headers);
        var image = await BuildAsync();
        Assert.That(image.ExporterPath, Is.Null);
        Assert.That(image.NoExporter, Does.Contain(Headers));
        Assert.That(_told, Has.Some.Contains(image.NoExporter!));
        Assert.That(_sources.Store.Find("6.12"), Is.EqualTo(image).Using<GuestImage>((a, b) => a.Folder == b.Folder));

        _programs.Pool[Headers] = "headers";
        Assert.That((await BuildAsync()).ExporterPath, Is.Null, "what is there is taken as it is");
        Assert.That((await BuildAsync(refresh: true)).ExporterPath, Does.Exist);
    }

    [Test]
    public void A_pool_that_cannot_be_reached_is_not_a_pool_without_the_file()
    {
        _programs.Before = (_, spec) =>
            spec.Program.EndsWith("/apt-helper", StringComparison.Ordinal)
                ? FakePrograms.Result(
                    spec,
                    100,
                    "Err:1 x\n  Could not connect\n",
                    "E: Failed to fetch x  Could not connect\n"
                )
                : null;
        Assert.That(
            () => BuildAsync(),
            Throws.InstanceOf<ImageException>().With.Message.Contains("Could not connect").And.Message.Contains(Headers)
        );
        Assert.That(_sources.Store.Find("6.12"), Is.Null);
    }

    [TestCase("1:6.12-1", "linux-x_6.12-1_all.deb")]
    [TestCase("6.12-1~bpo13+1", "linux-x_6.12-1~bpo13+1_all.deb")]
    public void An_epoch_is_no_part_of_a_files_name(string version, string name) =>
        Assert.That(new PoolFile("linux-x", version, "all").Name, Is.EqualTo(name));

    private Task<GuestImage> BuildAsync() => BuildAsync(refresh: false);

    private async Task<GuestImage> BuildAsync(bool refresh) =>
        (
            await new ImageBuilder(_sources.Store, _programs).BuildAsync(["6.12"], refresh, new Told(_told), default)
        ).Single();

    private static string Hash(string content) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private sealed class Told(List<string> told) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => told.Add(value.Step);
    }
}
