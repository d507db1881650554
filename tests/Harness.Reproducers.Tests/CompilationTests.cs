using System.Collections.Concurrent;
using System.Diagnostics;
using Harness.Cases;
using Harness.Processes;
using Harness.Protocol;

namespace Harness.Reproducers.Tests;

/// <summary>Every kind of reproducer compiles for arm64 without warnings.</summary>
public class CompilationTests
{
    /// <summary>A program with steps that the case compiler does not use.</summary>
    internal static ReproducerSource Rare { get; } =
        Sample.Of(
            new ProbeProgram(
                "rare",
                1000,
                [
                    new MemfdStep("float", 64 << 10),
                    new ExtensionStep(null, 205),
                    new MapStep("main", "float", 64 << 10, Write: true, Shared: true, 2 << 20),
                    new VmStep("vm", 36),
                    new ExtensionStep("vm", 12345) with
                    {
                        OnError = OnError.Fail,
                    },
                    new EnableCapabilityStep("vm", 12345) { OnError = OnError.Continue },
                    new WordsStep("main", 8, [1, 0]),
                    new WordsStep("main", 0x100, [1, 2, 3]),
                    new WordsStep("main", 0x200, [1, 2, 3, 4]),
                    new VcpuStep("2nd-vcpu", "vm", 1),
                    new VcpuStep("with-el2", "vm", 2, 0x80) { OnError = OnError.Continue },
                    new GicStep("gic", "vm", 0x0800_0000, 0x080a_0000) { OnError = OnError.Continue },
                    new SetRegistersStep(
                        "2nd-vcpu",
                        new Dictionary<GuestRegister, ulong>
                        {
                            [GuestRegister.X0] = ulong.MaxValue,
                            [GuestRegister.Sp] = 1,
                            [GuestRegister.Pstate] = 0x3c5,
                            [GuestRegister.SctlrEl1] = 1,
                        }
                    ),
                    new RunStep("2nd-vcpu", 10),
                    new AnswerStep("2nd-vcpu", 10, 0x0900_0000, AnswerBy.Data, ulong.MaxValue),
                    new CopyTagsStep("vm", 0x4000_0000, 4096, 1, 256, 0, 1),
                    new CopyTagsStep("vm", 0x4000_0000, 1ul << 31, 0, 0, 15) { OnError = OnError.Fail },
                    new RunStep("2nd-vcpu", 10),
                    new AnswerStep("2nd-vcpu", 10, 0x0900_0000, AnswerBy.Abort) { OnError = OnError.Fail },
                    new AnswerStep("2nd-vcpu", 10, 0x0900_0000, AnswerBy.Skip) { OnError = OnError.End },
                    new StartRunStep("2nd-vcpu", GuestRegister.X6, GuestRegister.X5, 10, 20),
                    new RunStep("2nd-vcpu", 10),
                    new TraceStep(),
                    new GetRegistersStep("2nd-vcpu", [GuestRegister.Pc, GuestRegister.X0, GuestRegister.ElrEl1]),
                    new ProtectStep("main", Read: true, Write: true),
                    new ProtectStep("main", Read: true, Write: false, 4096, 4096),
                    new AdviseStep("main", 4, 4096, 4096) { OnError = OnError.Continue },
                    new AdviseStep("main", 25) { OnError = OnError.Continue },
                    new AdviseStep("main", 8, 4096, 4096) { OnError = OnError.Continue },
                    new AdviseStep("main", 21) { OnError = OnError.Continue },
                    new PagedOutStep("main", 4096, 4096),
                    new MergeStep("copy", "main", 4096),
                    new PoisonStep("poison", "main", 4096),
                    new PoisonStep("frame", "main", 4096, Soft: true),
                    new LockStep("main"),
                    new ForkStep("child"),
                    new UserFaultStep("faults", "main", ServedFaults.Missing, 7),
                    new MoveStep("moved", "main"),
                    new UnmapStep("moved"),
                    new CloseStep("2nd-vcpu"),
                    new CloseStep("float"),
                ]
            )
        );

    /// <summary>Steps that access a page, with all their arguments.</summary>
    internal static ReproducerSource Ownership { get; } =
        Sample.Of(
            new ProbeProgram(
                "ownership",
                1000,
                [
                    new CountersStep(),
                    new VmStep("vm", 0x8000_0000) { OnError = OnError.End },
                    new GuestMemoryStep("gmem", "vm", 64 << 10, 3) { OnError = OnError.Continue },
                    new MapStep("a", "gmem", 64 << 10, Write: true, Shared: true) { OnError = OnError.Continue },
                    new TouchStep("a", 0),
                    new TouchStep("a", 4, 0xd61f0280),
                    new CopyStep("a", 0) { OnError = OnError.End },
                    new PeekStep("a", 8) { OnError = OnError.Fail },
                    new LineStep("a", 0, LineAct.Store, 0xd61f0280),
                    new LineStep("a", 0, LineAct.Clean),
                    new LineStep("a", 4, LineAct.CleanInvalidate),
                    new LineStep("a", 0, LineAct.Load),
                    new FallocateStep("gmem", 3, 4096, 4096),
                    new FallocateStep("gmem", 0, 0, 64 << 10),
                    new FallocateStep("gmem", 0x51, 1, 64 << 10),
                    new ReadFileStep("gmem"),
                    new WriteFileStep("gmem", 7),
                    new TruncateStep("gmem", 128 << 10),
                    new FallocateStep("gmem", FallocateStep.PunchHole, 0, 4096),
                    new MemslotStep("vm", 1, 0x4000_0000, 64 << 10, "a", Flags: 4, Binding: new Binding("gmem", 4096))
                    {
                        OnError = OnError.Continue,
                    },
                    new MemslotStep("vm", 2, 0x5000_0000, 64 << 10, null, Flags: 7, Binding: new Binding())
                    {
                        OnError = OnError.Continue,
                    },
                    new MemslotStep("vm", 2, 0x5000_0000, 64 << 10, null, Flags: 4, Binding: new Binding("vm"))
                    {
                        OnError = OnError.Continue,
                    },
                    new CloseStep("gmem") { OnError = OnError.Continue },
                    new TouchStep("a", 0),
                    new CloseStep("vm"),
                    new CloseAllStep(),
                    new CountersStep(),
                ]
            )
        );

    private static readonly string[] Strict = ["-O2", "-Wall", "-Wextra", "-Werror", "-static"];

    [Category("Slow")]
    [Test]
    public async Task A_reproducer_of_every_class_compiles_without_a_warning()
    {
        using var folder = new TemporaryFolder();
        var failed = new ConcurrentBag<string>();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Sample.Covering,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            async (c, _) =>
            {
                if (await CompileAsync(Reproducer.FileName(c), Sample.Text(c), folder.Path) is { } errors)
                    failed.Add($"{c.Key}\n{errors}");
            }
        );
        TestContext.Out.WriteLine($"{Sample.Covering.Count} files in {watch.Elapsed.TotalSeconds:0.0} s");

        Assert.That(failed, Is.Empty);
        Assert.That(Sample.Covering, Has.Count.GreaterThan(20));
    }

    [Test]
    public async Task Steps_that_no_case_has_compile_too()
    {
        using var folder = new TemporaryFolder();

        Assert.That(await CompileAsync("rare.c", Reproducer.Text(Rare), folder.Path), Is.Null);
        Assert.That(await CompileAsync("ownership.c", Reproducer.Text(Ownership), folder.Path), Is.Null);
    }

    [TestCase(Model.Provider.Vfio)]
    [TestCase(Model.Provider.VfioDevice)]
    [TestCase(Model.Provider.VariantFault)]
    public async Task What_is_done_to_a_VFIO_device_compiles(Model.Provider provider)
    {
        using var folder = new TemporaryFolder();
        var cases = AllCases
            .Families.Single(f => f.Name == "device")
            .Cases.OfType<Model.AttributeCase>()
            .Where(c => c.Backing.Provider == provider)
            .DistinctBy(c => c.Change!.Kind)
            .ToList();

        Assert.That(cases, Has.Count.EqualTo(5));
        foreach (var c in cases)
            Assert.That(await CompileAsync(Reproducer.FileName(c), Sample.Text(c), folder.Path), Is.Null, c.Key);
    }

    [TestCase("hotplug", Model.Provider.Hotplug, 3)]
    [TestCase("provider", Model.Provider.Dax, 1)]
    [TestCase("provider", Model.Provider.HugeTlbContPte, 1)]
    [TestCase("provider", Model.Provider.HugeTlbContPmd, 1)]
    [TestCase("provider", Model.Provider.HugeTlbPud, 1)]
    public async Task Memory_that_is_hot_added_and_that_of_DAX_and_hugetlbfs_compiles(
        string family,
        Model.Provider provider,
        int kinds
    )
    {
        using var folder = new TemporaryFolder();
        var cases = AllCases
            .Families.Single(f => f.Name == family)
            .Cases.OfType<Model.AttributeCase>()
            .Where(c => c.Backing.Provider == provider)
            .DistinctBy(c => c.Change?.Kind)
            .ToList();

        Assert.That(cases, Has.Count.EqualTo(kinds));
        foreach (var c in cases)
            Assert.That(await CompileAsync(Reproducer.FileName(c), Sample.Text(c), folder.Path), Is.Null, c.Key);
    }

    [Test]
    public async Task Newer_headers_that_have_what_is_defined_here_agree_with_it()
    {
        using var folder = new TemporaryFolder();
        foreach (
            var c in Sample
                .Covering.Where(c => c.Backing.Kind == Model.VmaKind.GuestMemory)
                .Take(2)
                .Append(Sample.Covering.First(c => c.Backing.Provider == Model.Provider.Thp))
        )
            Assert.That(
                await CompileAsync(
                    Reproducer.FileName(c),
                    Sample.Text(c),
                    folder.Path,
                    Harness.Probe.Tests.Kvm.UapiHeaders.Includes
                ),
                Is.Null,
                c.Key
            );
    }

    [Test]
    public async Task The_whole_file_becomes_a_program()
    {
        using var folder = new TemporaryFolder();
        string source = Path.Combine(folder.Path, "repro.c"),
            program = Path.Combine(folder.Path, "repro");
        await File.WriteAllTextAsync(source, Sample.Text(Sample.Covering[0]));

        var result = await new ProcessRunner().RunAsync(
            new ProcessSpec("aarch64-linux-gnu-gcc", [.. Strict, "-o", program, source])
        );

        Assert.That((result.ExitCode, result.ErrorText, File.Exists(program)), Is.EqualTo((0, "", true)));
    }

    [Test]
    public async Task A_file_with_an_unused_helper_would_be_noticed()
    {
        using var folder = new TemporaryFolder();
        var c = Sample.Covering[0];

        string? errors = await CompileAsync(
            "unused.c",
            Sample.Text(c).Replace("int main(void)", "static int unused(void)\n{\n\treturn 0;\n}\n\nint main(void)"),
            folder.Path
        );

        Assert.That(errors, Does.Contain("unused"));
    }

    /// <summary>Null, or the compiler's output.</summary>
    private static async Task<string?> CompileAsync(string name, string text, string folder, string[]? headers = null)
    {
        string path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, text);
        // Warnings are printed before assembling and linking.
        var result = await new ProcessRunner().RunAsync(
            new ProcessSpec(
                "aarch64-linux-gnu-gcc",
                [.. Strict, .. (headers ?? []).Select(h => $"-I{h}"), "-S", "-o", "/dev/null", path]
            )
        );
        return result.ExitCode == 0 && result.ErrorText.Length == 0 ? null : result.ErrorText;
    }
}
