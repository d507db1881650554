using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>The exporter module on a host that answers commands as given.</summary>
public class ExporterModuleTests
{
    private static readonly Dictionary<string, byte[]> s_sources = new() { ["exporter.c"] = [1] };
    private static readonly TargetSurvey s_survey = new(1000, "aarch64", "6.12.1", KvmAccess.Usable, "/var/tmp");

    [Test]
    public async Task It_is_built_in_the_folder_that_was_found_and_only_loaded_by_sudo()
    {
        await using var host = new Host();
        await Module(host).LoadAsync(s_sources, new ExporterMemory((0x1000, 0x2000)), default);

        Assert.That(host.Commands, Has.Some.Contains("mktemp -d /var/tmp/stage2-build.XXXXXX"));
        Assert.That(
            host.Commands,
            Has.Some.StartWith("TMPDIR=/var/tmp/stage2-build.1 make -j2 -C /lib/modules/6.12.1/build"),
            "the compiler's temporary files are there, too"
        );
        Assert.That(
            host.Commands.Where(c => c.Contains("sudo", StringComparison.Ordinal)),
            Is.EqualTo(
                new[]
                {
                    "sudo -n sh -c 'PATH=/usr/sbin:/sbin:$PATH; "
                        + "chcon -t modules_object_t /var/tmp/stage2-build.1/stage2_exporter.ko 2> /dev/null; "
                        + "insmod /proc/self/fd/3 3< /var/tmp/stage2-build.1/stage2_exporter.ko base=0x1000 size=0x2000'",
                }
            )
        );
        Assert.That(host.Commands[^1], Is.EqualTo("rm -rf /var/tmp/stage2-build.1"));
    }

    [TestCase("Y\n", Description = "module.sig_enforce=1")]
    [TestCase("N\nnone [integrity] confidentiality\n", Description = "lockdown")]
    public async Task A_kernel_that_wants_signatures_is_refused_before_anything_is_built(string says)
    {
        await using var host = new Host { ["sig_enforce"] = (0, says) };
        var thrown = Assert.ThrowsAsync<TargetException>(() =>
            Module(host).LoadAsync(s_sources, new ExporterMemory(null), default)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.NoPermission));
        Assert.That(
            thrown.Message,
            Does.Contain("loads signed modules only").And.EndWith("is skipped then, and no descriptor is read")
        );
        Assert.That(host.Commands, Has.None.Contains("make ").And.None.Contains("mktemp"));
    }

    [TestCase("N\n[none] integrity\n", "Key was rejected by service", true)]
    [TestCase("N\n[none] integrity\n", "Required key not available", true)]
    [TestCase("N\nnone [integrity]\n", "Operation not permitted", true)]
    [TestCase("N\n[none] integrity\n", "Operation not permitted", false)]
    [TestCase("N\n", "Exec format error", false)]
    public async Task What_is_installed_is_loaded_by_modprobe_and_a_refusal_has_its_reason(
        string enforced,
        string refusal,
        bool isUnsigned
    )
    {
        await using var host = new Host
        {
            ["modinfo"] = (0, "/lib/modules/6.12.1/updates/dkms/stage2_exporter.ko.xz\n"),
            ["sig_enforce"] = (0, enforced),
        };
        var module = Module(host);
        Assert.That(
            await module.InstalledAsync(default),
            Is.EqualTo("/lib/modules/6.12.1/updates/dkms/stage2_exporter.ko.xz")
        );
        await module.LoadInstalledAsync(new ExporterMemory((0x1000, 0x2000)), default);
        Assert.That(host.Commands, Has.Some.EndsWith("modprobe stage2_exporter base=0x1000 size=0x2000'"));

        host["modprobe"] = (1, $"modprobe: ERROR: could not insert 'stage2_exporter': {refusal}\n");
        var thrown = Assert.ThrowsAsync<TargetException>(() =>
            module.LoadInstalledAsync(new ExporterMemory(null), default)
        );
        Assert.That(
            thrown.Message,
            isUnsigned
                ? Does.Contain("loads signed modules only").And.Contain(refusal)
                : Does.Contain("the exporter module that is installed there can't be loaded: ").And.EndWith(refusal)
        );
    }

    [Test]
    public async Task The_drivers_that_were_loaded_for_the_dax_device_go_with_the_module()
    {
        await using var host = new Host();
        var module = Module(host);
        await module.LoadAsync(s_sources, new ExporterMemory(null, null, (0x4000, 0x8000)), default);
        await module.UnloadAsync(default);

        string[] root = [.. host.Commands.Where(c => c.StartsWith("sudo", StringComparison.Ordinal))];
        Assert.That(root, Has.Length.EqualTo(3));
        Assert.That(
            root[0],
            Does.Contain("[ -d /sys/module/$m ] || echo $m; done > /run/stage2-harness-modules; chcon ")
                .And.Contain("; insmod /proc/self/fd/3 3< ")
                .And.Contain(" dax_base=0x4000 dax_size=0x8000 || "),
            "udev loads drivers as soon as the memory is there"
        );
        Assert.That(root[1], Does.Contain("modprobe -a device_dax dax_hmem"));
        Assert.That(
            root[2],
            Does.Contain("rmmod stage2_exporter || exit; ").And.Contain("for m in $(cat /run/stage2-harness-modules)")
        );
    }

    [TestCase(1, "")]
    [TestCase(0, "\n")]
    public async Task Where_none_is_installed_there_is_no_file(int exitCode, string output)
    {
        await using var host = new Host { ["modinfo"] = (exitCode, output) };
        Assert.That(await Module(host).InstalledAsync(default), Is.Null);
    }

    [Test]
    public async Task What_is_missing_there_is_named_with_the_command_that_installs_it()
    {
        await using var host = new Host { ["os-release"] = (0, "headers\ngcc\nid=debian \n") };
        var thrown = Assert.ThrowsAsync<TargetException>(() =>
            Module(host).LoadAsync(s_sources, new ExporterMemory(null), default)
        );
        Assert.That(
            thrown.Message,
            Does.EndWith("without /lib/modules/6.12.1/build, gcc: apt-get install linux-headers-6.12.1 make gcc")
        );
    }

    [Test]
    public async Task A_build_that_fails_is_its_first_error_and_leaves_no_folder()
    {
        await using var host = new Host { ["make -j2 -C"] = (2, "CC exporter.o\nexporter.c:1: error: no\nmake: 2\n") };
        var thrown = Assert.ThrowsAsync<TargetException>(() =>
            Module(host).LoadAsync(s_sources, new ExporterMemory(null), default)
        );
        Assert.That(thrown.Message, Does.EndWith("/lib/modules/6.12.1/build: exporter.c:1: error: no"));
        Assert.That(host.Commands[^1], Is.EqualTo("rm -rf /var/tmp/stage2-build.1"));
    }

    private static ExporterModule Module(Host host) => new(host, s_survey, sudo: true);

    /// <summary>Answers a command by the first of its words that is known.</summary>
    private sealed class Host : Dictionary<string, (int ExitCode, string Output)>, IConnection
    {
        public List<string> Commands { get; } = [];

        public string Target => "lab";

        public Task<TargetException> Lost { get; } = new TaskCompletionSource<TargetException>().Task;

        public Task<CommandResult> ExecAsync(
            string command,
            ProcessInput? input,
            TimeSpan? deadline,
            CancellationToken cancel
        )
        {
            Commands.Add(command);
            var (code, output) = this.FirstOrDefault(w => command.Contains(w.Key, StringComparison.Ordinal)).Value;
            if (command.Contains("mktemp -d", StringComparison.Ordinal))
                output = "/var/tmp/stage2-build.1\n";
            return Task.FromResult(new CommandResult(code, output ?? "", "", TimeSpan.Zero));
        }

        public Task<ILineChannel> StartAsync(string command, CancellationToken cancel) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
