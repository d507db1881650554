using System.Text.Json;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Cli.Actions.Checking;
using Harness.Cli.Configuration;
using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.KernelLogs;
using Harness.Targets;

namespace Harness.Cli.Tests;

/// <summary>The checklist of a host, with a host that only has facts.</summary>
public class CheckTargetTests
{
    private static Fields Facts(
        string release = "7.2.12",
        int kvm = 0,
        int euid = 0,
        string thp = "always [madvise] never"
    )
    {
        var registers = Fields.Of(
            ("ctr_el0", 1ul << 29),
            ("id_aa64mmfr2_el1", 1ul << 40),
            ("id_aa64pfr1_el1", 0ul),
            ("id_aa64mmfr0_el1", 0ul)
        );
        return Fields.Of(
            (
                "kernel",
                Fields.Of(
                    ("release", release),
                    (
                        "log",
                        (object)
                            new object[]
                            {
                                "Booting Linux on physical CPU 0x0000000000 [0x000f0510]",
                                "CPU features: detected: Stage-2 Force Write-Back",
                                "CPU features: detected: Instruction cache invalidation not required for I/D coherence",
                                "kvm [1]: VHE mode initialized successfully",
                            }
                    ),
                    ("cmdline", ""),
                    ("pageSize", 4096)
                )
            ),
            ("cpu", Fields.Of(("features", "fp"), ("registers", Fields.Of(("ctr_el0", 1ul << 29))))),
            ("euid", euid),
            (
                "kvm",
                Fields.Of(
                    ("errno", kvm),
                    ("registers", registers),
                    ("vm", Fields.Of(("205", 0))),
                    ("system", Fields.Of(("205", 0)))
                )
            ),
            ("exporter", Fields.Of(("errno", 2))),
            ("trace", Fields.Of(("available", euid == 0), ("why", euid == 0 ? null : "Permission denied"))),
            ("kmsg", Fields.Of(("errno", euid == 0 ? 0 : 1))),
            ("secretmem", Fields.Of(("errno", 0))),
            (
                "providers",
                Fields.Of(
                    ("thp", Fields.Of(("enabled", thp), ("size", "2097152"))),
                    ("hugetlb", Fields.Of(("total", 0), ("free", 0))),
                    ("temporary", Fields.Of(("folder", "/tmp"), ("errno", 0))),
                    ("udmabuf", Fields.Of(("errno", 2), ("flags", null))),
                    ("dax", Fields.Of(("errno", 2))),
                    ("devmem", Fields.Of(("errno", 0))),
                    ("pci", (object)Array.Empty<object>())
                )
            )
        );
    }

    private static async Task<(int Code, string Out, string Error)> CheckAsync(
        Fields? facts,
        SshTargetConfiguration? target = null,
        bool json = false,
        bool raw = false
    )
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CheckTargetAction.ExecuteAsync(
            new CheckRequest(
                new NamedTarget("lab", target ?? new SshTargetConfiguration("root@lab")),
                "default",
                "cover=yes",
                null
            )
            {
                Json = json,
                Facts = raw,
            },
            new HarnessConsole(output, error, false, false, "/"),
            (_, _, _, _) => [new RunHost(new Known(facts), "ssh")],
            default
        );
        return (code, output.ToString(), error.ToString());
    }

    [Test]
    public async Task Each_thing_that_is_missing_has_its_cost_and_a_command()
    {
        var (code, text, _) = await CheckAsync(Facts(thp: "always madvise [never]"));
        string[] lines = text.TrimEnd('\n').Split('\n');
        Assert.That(code, Is.Zero);
        Assert.That(lines[0], Is.EqualTo("lab: ready with limits"));
        Assert.That(lines[1], Does.StartWith("  kernel 7.2.12: FWB, DIC, VHE; judged by mainline-7.2"));
        Assert.That(lines[2], Does.Match(@"^  suite default: \d+ of \d+ cases can run; of all cases [\d,]+ of [\d,]+"));
        Assert.That(
            lines[3],
            Does.Match(
                @"^  - the exporter module .*, which is not loaded there: \d+ of \d+ cases \([\d,]+ of all [\d,]+\) are skipped"
            )
        );
        int udmabuf = Array.FindIndex(lines, l => l.StartsWith("  - the kernel there has no udmabuf: "));
        Assert.That(lines[udmabuf + 1], Is.EqualTo("      ssh root@lab 'modprobe udmabuf'"));
        int thp = Array.FindIndex(lines, l => l.StartsWith("  - transparent huge pages are turned off there: "));
        Assert.That(
            lines[thp + 1],
            Is.EqualTo("      ssh root@lab 'echo madvise > /sys/kernel/mm/transparent_hugepage/enabled'")
        );
        Assert.That(text, Does.Not.Contain("facts, as the probe read them"));
    }

    [Test]
    public async Task Facts_are_behind_an_option()
    {
        var (_, text, _) = await CheckAsync(Facts(), raw: true);
        Assert.That(text, Does.Contain("facts, as the probe read them:\n  kernel:\n    release: 7.2.12\n"));
        Assert.That(text, Does.Contain("facts, with their sources:\n  FWB: there (by "));
    }

    [Test]
    public async Task What_the_owner_runs_there_is_named_and_left_alone()
    {
        var gpu = Fields.Of(
            ("address", "0009:01:00.0"),
            ("device", "0x2342"),
            ("driver", "nvgrace-gpu-vfio-pci"),
            ("linkSpeed", "32.0 GT/s PCIe"),
            ("linkWidth", "16"),
            ("memory", (object)new object[] { "SSDT3: nvidia,gpu-mem-base-pa" })
        );
        var owner = Fields.Of(
            ("settings", Fields.Of(("ksm", "1"))),
            ("signedModules", "Y"),
            ("machines", 2),
            ("gpus", (object)new object[] { gpu })
        );
        var (_, text, _) = await CheckAsync(Facts().With("owner", owner));
        Assert.That(text, Does.Contain("  VMs of 2 other processes run there: they are not touched"));
        Assert.That(text, Does.Contain("  KSM runs there: it is left on\n"));
        Assert.That(
            text,
            Does.Contain(
                "  GPU 0009:01:00.0 (10de:2342), driver nvgrace-gpu-vfio-pci; link 32.0 GT/s PCIe x16; SSDT3: nvidia,gpu-mem-base-pa: read from sysfs, and left alone\n"
            )
        );
        Assert.That(text, Does.Contain("its kernel loads signed modules only: install the exporter by DKMS"));
        Assert.That(text, Does.Contain(" and to fill it takes memory from the VMs of 2 processes: "));
    }

    [TestCase(0)]
    [TestCase(1000)]
    public void Whatever_a_host_lacks_has_something_that_mends_it_or_nothing_does(int euid)
    {
        var host = new HostCommand(new SshTargetConfiguration("me@lab"), euid == 0);
        var mends = new Mends("lab", host, Facts(euid: euid), 2 << 20);
        Assert.That(() => Enum.GetValues<HostPart>().Select(mends.Of).ToList(), Throws.Nothing);
    }

    [TestCase(0, "but that loaded there has ABI")]
    [TestCase(25, "that loaded there is of another version")]
    public async Task An_exporter_of_another_version_is_not_used_and_is_unloaded_before_another_is_loaded(
        int errno,
        string why
    )
    {
        var exporter = Fields.Of(("errno", errno), ("abi", FactsReader.ExporterAbi - 1));
        var (_, text, _) = await CheckAsync(Facts().With("exporter", exporter));
        Assert.That(text, Does.Contain(why));
        Assert.That(text, Does.Match("\n      (.* targets prepare lab) --undo && \\1\n"));
    }

    [TestCase(13, "usermod -aG kvm")]
    [TestCase(2, "boot a kernel with CONFIG_KVM at EL2")]
    public async Task A_host_without_kvm_is_not_ready_and_has_a_code_of_its_own(int errno, string mend)
    {
        var (code, text, _) = await CheckAsync(
            Facts(kvm: errno, euid: 1000),
            new SshTargetConfiguration("me@lab", 2222)
        );
        Assert.That(code, Is.EqualTo(ExitCodes.Mismatch));
        Assert.That(
            text,
            Does.StartWith("lab: not ready\n").And.Contain(": every case is skipped\n").And.Contain(mend)
        );
        if (errno == 13)
            Assert.That(text, Does.Contain("      ssh -p 2222 -t me@lab 'sudo usermod -aG kvm \"$(id -un)\"'\n"));
    }

    [Test]
    public async Task A_kernel_without_a_policy_is_not_ready()
    {
        var (code, text, _) = await CheckAsync(Facts("5.10.1"));
        Assert.That(code, Is.EqualTo(ExitCodes.Mismatch));
        Assert.That(text, Does.Contain("no policy is known for kernel 5.10.1 (").And.Contain(" identify lab\n"));
    }

    [Test]
    public async Task A_host_of_another_processor_is_refused_and_nothing_is_started()
    {
        var (code, text, error) = await CheckAsync(null);
        Assert.That(code, Is.EqualTo(ExitCodes.Mismatch));
        Assert.That(text, Is.Empty);
        Assert.That(
            error,
            Is.EqualTo(
                "harness: target 'lab': it is x86_64 (kernel 6.1): the probe runs on aarch64 hosts; no case can run on another processor\n"
            )
        );
    }

    [Test]
    public async Task Json_is_one_object_with_the_documented_members()
    {
        var (_, text, _) = await CheckAsync(Facts(), json: true);
        Assert.That(text.TrimEnd('\n'), Does.Not.Contain("\n"));
        using var parsed = JsonDocument.Parse(text);
        var root = parsed.RootElement;
        Assert.That(root.GetProperty("standing").GetString(), Is.EqualTo("limited"));
        var exporter = root.GetProperty("missing").EnumerateArray().First();
        Assert.That(exporter.GetProperty("part").GetString(), Is.EqualTo("exporter"));
        Assert.That(exporter.GetProperty("skipped").GetProperty("suite").GetInt32(), Is.Positive);

        string document = await File.ReadAllTextAsync(Path.Combine(Installation.Root!, "docs/lab-hosts.md"));
        foreach (var member in root.EnumerateObject().Concat(exporter.EnumerateObject()))
            Assert.That(document, Does.Contain($"`{member.Name}`"));
    }

    [TestCase("root@lab", null, true, "modprobe x", "ssh root@lab 'modprobe x'")]
    [TestCase("me@lab", 22, false, "modprobe x", "ssh -p 22 -t me@lab 'sudo modprobe x'")]
    [TestCase("me@lab", null, false, "echo 8 > /a", "ssh -t me@lab 'sudo sh -c '\\''echo 8 > /a'\\'''")]
    public void A_command_is_for_the_users_shell(
        string destination,
        int? port,
        bool root,
        string command,
        string line
    ) =>
        Assert.That(
            new HostCommand(new SshTargetConfiguration(destination, port), root).AsRoot(command),
            Is.EqualTo(line)
        );

    private sealed class Known(Fields? facts) : IProbeHost, IProbeLink
    {
        private long _request;

        public string Name => "lab";

        public string? Lost => null;

        public KernelReport? Crash => null;

        public int? Workers => null;

        public IReadOnlyDictionary<string, string> Platform => new Dictionary<string, string>();

        public string ProbeHash => "hash";

        public Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel) =>
            facts is null
                ? throw new TargetException(
                    TargetFailure.WrongMachine,
                    "lab",
                    "it is x86_64 (kernel 6.1): the probe runs on aarch64 hosts"
                )
                : Task.FromResult<IProbeLink>(this);

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel)
        {
            _request = Messages.ReadRequest(line.ToArray()).Id;
            return Task.CompletedTask;
        }

        public Task<byte[]> ReceiveAsync(CancellationToken cancel) =>
            Task.FromResult(Messages.Line(new Reply(_request, Facts: facts))[..^1]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
