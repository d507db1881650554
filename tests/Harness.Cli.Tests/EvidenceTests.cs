using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>harness repro and harness evidence, from a stored run.</summary>
public sealed class EvidenceTests
{
    private const string Id = "f247a6ff73a2"; // Grace's GPU memory
    private const string RunName = "2026-11-21T04-12-33Z-ab12";

    private string _folder = "";
    private string _database = "";

    private static Fields Facts() =>
        Fields.Of(
            (
                "kernel",
                Fields.Of(
                    ("release", "7.2.12-arm64"),
                    ("version", "#1 SMP"),
                    (
                        "log",
                        new[]
                        {
                            "Booting Linux on physical CPU 0x0000000000 [0x000f0510]",
                            "kvm [1]: VHE mode initialized successfully",
                            "CPU features: detected: Stage-2 Force Write-Back",
                            "CPU features: detected: Instruction cache invalidation not required for I/D coherence",
                        }
                    ),
                    ("cmdline", "console=ttyAMA0"),
                    ("pageSize", 4096)
                )
            ),
            ("cpu", Fields.Of(("features", null), ("registers", Fields.Of(("errno", 2))))),
            (
                "kvm",
                Fields.Of(
                    ("errno", 0),
                    ("registers", Fields.Of(("errno", 22))),
                    ("vm", Fields.Of(("205", 0))),
                    ("system", Fields.Of(("205", 0)))
                )
            ),
            (
                "exporter",
                Fields.Of(
                    ("errno", 0),
                    ("abi", 6),
                    ("pageSize", 4096),
                    ("currentEl", 8),
                    ("canWalk", true),
                    ("protectedMode", false),
                    (
                        "registers",
                        Fields.Of(
                            ("ctr_el0", 1ul << 29),
                            ("id_aa64mmfr0_el1", 0x10000000),
                            ("id_aa64mmfr2_el1", 1ul << 40),
                            ("id_aa64pfr1_el1", 0)
                        )
                    )
                )
            ),
            ("secretmem", Fields.Of(("errno", 0))),
            ("trace", Fields.Of(("available", true))),
            ("prot", null)
        );

    [SetUp]
    public async Task StoreARun()
    {
        _folder = Directory.CreateTempSubdirectory("harness-evidence-").FullName;
        _database = Path.Combine(_folder, "results.db");
        var c = AllCases.Find(Id)!;
        var skipped = AllCases.WithKey("anonymous:private vma=rw slot=none read")!;
        var facts = Facts();
        var program = CaseCompiler.Compile(c, FactsReader.Read(facts).Abilities).Program;
        var seen = new Observation(
            c.Id,
            ObservationEnd.Completed,
            null,
            1234,
            [
                new OpenResult(),
                new ExportResult(),
                new MapResult(ulong.MaxValue),
                new VmResult(),
                new MemslotResult { Errno = 22 },
            ],
            ["kvm [1]: something odd"]
        );
        Assert.That(seen.Steps.Select(s => s.Op), Is.EqualTo(program.Steps.Take(5).Select(s => s.Op)));

        await using var writer = await ResultStore
            .OpenOrCreate(_database)
            .BeginRunAsync(
                new RunRecord(
                    RunName,
                    DateTimeOffset.UnixEpoch,
                    "harness run --target fwb",
                    "1.0",
                    "model",
                    "probe",
                    null
                )
            );
        foreach (string target in new[] { "fwb", "7.2/max/vhe" })
        {
            long host = await writer.AddHostAsync(new HostRecord(target, "qemu"));
            await writer.PlanAsync(
                host,
                [.. new[] { c, skipped }.Select(x => new CaseRecord(x.Id, "class", x.Key, "{}"))]
            );
            await writer.DescribeHostAsync(
                host,
                new HostRecord(
                    target,
                    "qemu",
                    "7.2.12-arm64",
                    "#1 SMP",
                    "abcd",
                    "FWB, DIC, VHE",
                    "10.0.2",
                    "qemu-system-aarch64 -machine virt",
                    "boot",
                    "image",
                    "{}",
                    Messages.Text(facts),
                    ["pte", "errno"],
                    "mainline-7.2",
                    "QEMU TCG"
                )
            );
            await writer.RecordAsync(
                new ResultRecord(
                    host,
                    c.Id,
                    Verdicts.Mismatch,
                    Culprits.Kernel,
                    "contradicts mainline-7.2",
                    "mainline-7.2",
                    "accept",
                    "here",
                    "registered; read: mapped Normal-WB rwx",
                    "registration refused with EINVAL",
                    ["errno"],
                    2468,
                    [
                        new AttemptRecord(Messages.Text(seen)),
                        new AttemptRecord(Messages.Text(seen with { KernelLog = [] })),
                    ],
                    "errno 22"
                )
            );
            await writer.RecordAsync(new ResultRecord(host, skipped.Id, Verdicts.Skip, Reason: "needs hardware"));
            await writer.FinishHostAsync(host, States.Finished);
        }
        await writer.FinishAsync(States.Finished);
    }

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task An_archive_has_all_that_belongs_to_a_result_in_one_folder()
    {
        var (code, said) = await Evidence(Id, target: "fwb");

        Assert.That((code, said), Is.EqualTo((0, "")));
        var files = Read("evidence-f247a6ff73a2-fwb.tar.gz");
        Assert.That(
            files.Keys,
            Is.EqualTo(
                new[]
                {
                    "README.txt",
                    "case.json",
                    "explain.txt",
                    "host.json",
                    "kernel-log.txt",
                    "observation-1.json",
                    "observation-2.json",
                    "program.json",
                    "repro.c",
                    "run.json",
                }.Select(f => $"evidence-f247a6ff73a2-fwb/{f}")
            )
        );
        string Of(string name) => files[$"evidence-f247a6ff73a2-fwb/{name}"];
        Assert.Multiple(() =>
        {
            Assert.That(
                Of("README.txt"),
                Does.StartWith("MISMATCH: KVM/arm64 stage-2 case f247a6ff73a2 on fwb\n")
                    .And.Contain("registration refused with EINVAL")
                    .And.Contain("mapped Normal-WB rwx")
                    .And.Contain("kernel    7.2.12-arm64 #1 SMP")
                    .And.Contain("harness run --target fwb --filter id=f247a6ff73a2 --policy mainline-7.2")
                    .And.Not.Contain("Beware")
            );
            Assert.That(Of("README.txt").Split('\n'), Has.Length.LessThan(80).And.All.Length.LessThan(81), "one page");
            Assert.That(
                JsonNode.Parse(Of("case.json"))!["observed"]!.GetValue<string>(),
                Is.EqualTo("registration refused with EINVAL")
            );
            Assert.That(
                JsonNode.Parse(Of("host.json"))!["qemuCommandLine"]!.GetValue<string>(),
                Is.EqualTo("qemu-system-aarch64 -machine virt")
            );
            Assert.That(
                JsonNode.Parse(Of("host.json"))!["facts"]!["kernel"]!["release"]!.GetValue<string>(),
                Is.EqualTo("7.2.12-arm64")
            );
            Assert.That(JsonNode.Parse(Of("run.json"))!["id"]!.GetValue<string>(), Is.EqualTo(RunName));
            Assert.That(Messages.ReadObservation(Of("observation-1.json")).Steps, Has.Count.EqualTo(5));
            Assert.That(Messages.ReadProgram(Of("program.json")).Case, Is.EqualTo(Id));
            Assert.That(
                Of("kernel-log.txt"),
                Is.EqualTo(
                    "attempt 1: the kernel logged\n  kvm [1]: something odd\nattempt 2: the kernel logged nothing\n"
                )
            );
            Assert.That(
                Of("explain.txt"),
                Does.Contain("on fwb, 7.2.12-arm64 (FWB, DIC, VHE)").And.Contain("kvm_arch_prepare_memory_region()")
            );
            Assert.That(
                Of("repro.c"),
                Does.Contain("  on fwb, 7.2.12-arm64 (FWB, DIC, VHE): registered; read: mapped Normal-WB rwx")
                    .And.Contain("int main(void)")
            );
        });
    }

    [Test]
    public async Task The_same_result_gives_the_same_bytes_and_the_name_of_a_host_no_folders()
    {
        string first = Path.Combine(_folder, "a.tar.gz"),
            second = Path.Combine(_folder, "b.tar.gz");
        await Evidence(Id, target: "7.2/max/vhe", output: first);
        await Evidence(Id, target: "7.2/max/vhe", output: second);

        Assert.That(File.ReadAllBytes(second), Is.EqualTo(File.ReadAllBytes(first)));
        Assert.That(
            Read("a.tar.gz").Keys,
            Is.All.StartWith("evidence-f247a6ff73a2-7.2-max-vhe/").And.All.Not.Contain("..")
        );
    }

    [Test]
    public async Task An_observation_of_another_program_is_distinguished()
    {
        var run = ResultStore.Open(_database).Run()!;
        Assert.That(run.Hosts, Has.Count.EqualTo(2));
        await using (
            var writer = await ResultStore
                .OpenOrCreate(_database)
                .BeginRunAsync(new RunRecord("other", DateTimeOffset.UtcNow, "x", "1.0", "m", null, null))
        )
        {
            long host = await writer.AddHostAsync(run.Hosts[0].Host);
            var c = AllCases.Find(Id)!;
            await writer.PlanAsync(host, [new CaseRecord(c.Id, "class", c.Key, "{}")]);
            await writer.RecordAsync(
                new ResultRecord(
                    host,
                    c.Id,
                    Verdicts.Match,
                    Policy: "mainline-7.2",
                    Attempts:
                    [
                        new AttemptRecord(
                            Messages.Text(
                                new Observation(c.Id, ObservationEnd.Completed, null, 1, [new VmResult()], [])
                            )
                        ),
                    ]
                )
            );
            await writer.FinishAsync(States.Finished);
        }

        await Evidence(Id, run: "other");

        Assert.That(
            Read("evidence-f247a6ff73a2-fwb.tar.gz")["evidence-f247a6ff73a2-fwb/README.txt"],
            Does.StartWith("MATCH").And.Contain("Beware")
        );
    }

    [TestCase(Id, "1999", null, "holds no run '1999'")]
    [TestCase("abcdef12", RunName, null, "has no case 'abcdef12'")]
    [TestCase(Id, RunName, null, "has the case on fwb, 7.2/max/vhe: say which with --target")]
    [TestCase(Id, RunName, "gh200", "has no target 'gh200' (it has: fwb, 7.2/max/vhe)")]
    [TestCase("anonymous:private vma=rw slot=none read", RunName, "fwb", "on fwb: skip, needs hardware")]
    public async Task A_missing_input_is_one_line_and_nothing_is_written(
        string c,
        string run,
        string? target,
        string complaint
    )
    {
        var (code, said) = await Evidence(c, run, target);

        Assert.That(code, Is.EqualTo(ExitCodes.Usage));
        Assert.That(said, Does.StartWith("harness: ").And.Contain(complaint));
        Assert.That(said.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(Directory.GetFiles(_folder, "*evidence*"), Is.Empty);
    }

    [Test]
    public async Task Where_nothing_can_be_written_nothing_is()
    {
        var (code, said) = await Evidence(Id, target: "fwb", output: Path.Combine(_folder, "none", "x.tar.gz"));

        Assert.That(
            (code, said),
            Is.EqualTo(
                (ExitCodes.Usage, $"harness: {_folder}/none/x.tar.gz can't be written: there is no such folder\n")
            )
        );
    }

    [Test]
    public async Task A_reproducer_for_a_target_expects_what_is_right_there()
    {
        string one = await Repro(
            new ReproRequest(
                Id,
                new NamedTarget("fwb", new QemuTargetConfiguration("7.2", "max")),
                null,
                null,
                _database,
                null
            )
        );
        string other = await Repro(
            new ReproRequest(
                Id,
                new NamedTarget("fwb", new QemuTargetConfiguration("7.2", "max")),
                "mainline-6.9",
                null,
                _database,
                null
            )
        );

        Assert.That(
            one,
            Does.Contain(
                "puts(\"expected by mainline-7.2.10:\");\n\tputs(\"  on fwb, 7.2.12-arm64 (FWB, DIC, VHE): registered; read: mapped Normal-WB rwx\");\nout:"
            )
        );
        Assert.That(other, Does.Contain("puts(\"expected by mainline-6.9:\");").And.Contain("mapped Device-nGnRE rw-"));
    }

    [Test]
    public async Task A_reproducer_without_a_host_has_an_expectation_for_every_kind_of_host()
    {
        string all = await Repro(new ReproRequest(Id, null, "mainline-7.2", null, _database, null));
        string some = await Repro(
            new ReproRequest(Id, null, "mainline-7.2", ExplainHosts.Parse("nofwb"), _database, null)
        );
        string file = Path.Combine(_folder, "x.c");
        string said = await Repro(new ReproRequest(Id, null, "mainline-7.2", null, _database, file));

        Assert.That(
            all,
            Does.Contain("  on a CPU with FWB and DIC: registered")
                .And.Contain("  on any other CPU: registration refused with EINVAL")
        );
        Assert.That(some, Does.Not.Contain("mapped Normal-WB").And.Contain("registration refused with EINVAL"));
        Assert.That((said, File.ReadAllText(file)), Is.EqualTo(("", all)));
    }

    [Test]
    public async Task A_reproducer_without_a_host_exists_for_every_provider()
    {
        foreach (var c in AllCases.Cases.DistinctBy(c => (AllCases.FamilyOf(c), c.Backing.Kind, c.Backing.Provider)))
            Assert.That(
                await Repro(new ReproRequest(c.Id, null, null, null, _database, null)),
                Does.Contain(c.Key),
                c.Key
            );
    }

    private async Task<string> Repro(ReproRequest request)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.That(
            await ReproAction.ExecuteAsync(
                request,
                new HarnessConsole(output, TextWriter.Null, false, false, _folder),
                default
            ),
            Is.Zero
        );
        return output.ToString();
    }

    /// <summary>The exit code and the error output.</summary>
    private async Task<(int Code, string Said)> Evidence(
        string c,
        string run = "newest",
        string? target = null,
        string? output = null
    )
    {
        using var error = new StringWriter { NewLine = "\n" };
        var console = new HarnessConsole(TextWriter.Null, error, false, false, _folder);
        try
        {
            int code = await EvidenceAction.ExecuteAsync(
                new EvidenceRequest(c, run, target, _database, output),
                console,
                default
            );
            return (code, "");
        }
        catch (UsageException e)
        {
            return (ErrorHandler.Report(e, console), error.ToString());
        }
    }

    private Dictionary<string, string> Read(string archive)
    {
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(_folder, archive)), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        var files = new Dictionary<string, string>();
        while (tar.GetNextEntry() is { } entry)
            files.Add(entry.Name, new StreamReader(entry.DataStream!).ReadToEnd());
        return files;
    }
}
