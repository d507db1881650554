using System.Text.RegularExpressions;
using Harness.Images;
using Harness.Processes;
using Harness.Targets;
using Harness.Targets.Qemu;
using Harness.Targets.Transport;

namespace Harness.EndToEnd;

/// <summary>The exporter module on booted hosts, misused in every way: exporter_torture.c.</summary>
[Category("Qemu")]
public class ExporterTests
{
    /// <summary>Messages in the kernel log when a kernel or a module is at fault.</summary>
    private const string Faults =
        @"Oops|WARNING:|BUG|Call trace|Bad page|Bad rss|refcount_t|use-after-free|Internal error|blocked for more than";

    private readonly ProcessRunner _runner = new();

    [TestCase("6.12")]
    [TestCase("7.2")]
    public async Task The_exporter_refuses_bad_input_gives_all_memory_back_and_harms_no_kernel(string track)
    {
        string program = await CompileAsync();
        var images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        var image = images.Find(track)
            ?? throw new AssertionException($"there is no image of track {track}: run scripts/harness images build");
        var target = new QemuTarget(
            track,
            new QemuSpec(image.KernelPath, image.InitrdPath, "max,pauth-impdef=on,sve=off,sme=off"),
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath),
            _runner
        );
        await using var session = await target.OpenAsync();

        await session.Connection.UploadAsync(
            "/tmp/exporter_torture",
            await File.ReadAllBytesAsync(program),
            UnixFileMode.UserRead | UnixFileMode.UserExecute
        );
        File.Delete(program);
        var result = await session.Connection.ExecAsync("/tmp/exporter_torture", deadline: TimeSpan.FromMinutes(5));
        TestContext.Out.WriteLine($"{result.Duration.TotalSeconds:0.0} s\n{result.Output}{result.Errors}");
        var log = await session.Connection.ExecAsync("dmesg");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.Zero, result.Output + result.Errors);
            Assert.That(result.Output, Does.Match("[1-9][0-9]{3,} checks, 0 failed\n$"));
            Assert.That(log.Output, Does.Contain("Linux version " + image.KernelRelease));
            Assert.That(log.Output.Split('\n'), Has.None.Matches<string>(l => Regex.IsMatch(l, Faults)));
        }
    }

    private async Task<string> CompileAsync()
    {
        string program = Path.Combine(Path.GetTempPath(), "exporter_torture-" + Guid.NewGuid().ToString("N"));
        (
            await _runner.RunAsync(
                new ProcessSpec(
                    "aarch64-linux-gnu-gcc",
                    "-static",
                    "-O1",
                    "-pthread",
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-I",
                    Path.Combine(Cli.Root, "guest-images", "exporter"),
                    "-o",
                    program,
                    Path.Combine(Cli.Root, "tests", "Harness.Images.Tests", "exporter_torture.c")
                )
            )
        ).EnsureSuccess();
        return program;
    }
}
