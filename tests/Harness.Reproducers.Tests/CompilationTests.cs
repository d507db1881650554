using System.Collections.Concurrent;
using System.Diagnostics;
using Harness.Processes;
using Harness.Protocol;

namespace Harness.Reproducers.Tests;

/// <summary>Every kind of reproducer is C that a compiler for arm64 has nothing to say about.</summary>
public class CompilationTests
{
    /// <summary>A program of what the compiler of cases has no use for.</summary>
    internal static ReproducerSource Rare { get; } = Sample.Source(Sample.Covering[0]) with
    {
        Program = new ProbeProgram("rare", 1000,
        [
            Steps.Memfd("float", 64 << 10),
            Steps.Extension(null, 205),
            Steps.Map("main", "float", 64 << 10, write: true, shared: true, 2 << 20),
            Steps.Vm("vm", 36),
            Steps.Extension("vm", 12345) with { OnError = OnError.Fail },
            Steps.EnableCapability("vm", 12345, OnError.Continue),
            Steps.Words("main", 8, [1, 0]),
            Steps.Words("main", 0x100, [1, 2, 3]),
            Steps.Words("main", 0x200, [1, 2, 3, 4]),
            Steps.Vcpu("2nd-vcpu", "vm", 1),
            Steps.SetRegisters("2nd-vcpu", ("x0", ulong.MaxValue), ("sp", 1), ("pstate", 0x3c5), ("sctlr_el1", 1)),
            Steps.Run("2nd-vcpu", 10),
            Steps.Trace(),
            Steps.GetRegisters("2nd-vcpu", "pc", "x0", "elr_el1"),
            Steps.Protect("main", read: true, write: true),
            Steps.Move("moved", "main"),
            Steps.Unmap("moved"),
            Steps.Close("2nd-vcpu"),
            Steps.Close("float"),
        ]),
    };

    /// <summary>Who may reach a page, with everything that these steps take.</summary>
    internal static ReproducerSource Ownership { get; } = Sample.Source(Sample.Covering[0]) with
    {
        Program = new ProbeProgram("ownership", 1000,
        [
            Steps.Counters(),
            Steps.Vm("vm", 0x8000_0000, OnError.End),
            Steps.GuestMemory("gmem", "vm", 64 << 10, 3, OnError.Continue),
            Steps.Map("a", "gmem", 64 << 10, write: true, shared: true, onError: OnError.Continue),
            Steps.Touch("a", 0),
            Steps.Touch("a", 4, 0xd61f0280),
            Steps.Copy("a", 0, OnError.End),
            Steps.Peek("a", 8, OnError.Fail),
            Steps.Fallocate("gmem", 3, 4096, 4096),
            Steps.Fallocate("gmem", 0, 0, 64 << 10),
            Steps.Fallocate("gmem", 0x51, 1, 64 << 10),
            Steps.ReadFile("gmem"),
            Steps.WriteFile("gmem", 7),
            Steps.Truncate("gmem", 128 << 10),
            Steps.Punch("gmem", 0, 4096, OnError.Continue),
            Steps.BoundSlot("vm", 1, 0x4000_0000, 64 << 10, "gmem", 4096, "a", 4),
            Steps.BoundSlot("vm", 2, 0x5000_0000, 64 << 10, null, 0, null, 7),
            Steps.BoundSlot("vm", 2, 0x5000_0000, 64 << 10, "vm", 0, null, 4),
            Steps.Close("gmem", OnError.Continue),
            Steps.Touch("a", 0),
            Steps.Close("vm"),
            Steps.CloseAll(),
            Steps.Counters(),
        ]),
    };

    private static readonly string[] Strict = ["-O2", "-Wall", "-Wextra", "-Werror", "-static"];

    [Test]
    public async Task A_reproducer_of_every_class_compiles_without_a_warning()
    {
        using var folder = new TemporaryFolder();
        var failed = new ConcurrentBag<string>();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Sample.Covering, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            async (c, _) =>
            {
                if (await CompileAsync(Reproducer.FileName(c), Sample.Text(c), folder.Path) is { } errors)
                    failed.Add($"{c.Key}\n{errors}");
            });
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

    [Test]
    public async Task Newer_headers_that_have_what_is_defined_here_agree_with_it()
    {
        using var folder = new TemporaryFolder();
        foreach (var c in Sample.Covering.Where(c => c.Backing.Kind == Model.VmaKind.GuestMemory).Take(2)
            .Append(Sample.Covering.First(c => c.Backing.Provider == Model.Provider.Thp)))
            Assert.That(await CompileAsync(Reproducer.FileName(c), Sample.Text(c), folder.Path, Kvm.Tests.UapiHeaders.Includes), Is.Null, c.Key);
    }

    [Test]
    public async Task The_whole_file_becomes_a_program()
    {
        using var folder = new TemporaryFolder();
        string source = Path.Combine(folder.Path, "repro.c"), program = Path.Combine(folder.Path, "repro");
        await File.WriteAllTextAsync(source, Sample.Text(Sample.Covering[0]));

        var result = await new ProcessRunner().RunAsync(new ProcessSpec("aarch64-linux-gnu-gcc", [.. Strict, "-o", program, source]));

        Assert.That((result.ExitCode, result.ErrorText, File.Exists(program)), Is.EqualTo((0, "", true)));
    }

    [Test]
    public async Task A_file_with_an_unused_helper_would_be_noticed()
    {
        using var folder = new TemporaryFolder();
        var c = Sample.Covering[0];

        string? errors = await CompileAsync("unused.c", Sample.Text(c).Replace("int main(void)", "static int unused(void)\n{\n\treturn 0;\n}\n\nint main(void)"), folder.Path);

        Assert.That(errors, Does.Contain("unused"));
    }

    /// <summary>Null, or what the compiler says.</summary>
    private static async Task<string?> CompileAsync(string name, string text, string folder, string[]? headers = null)
    {
        string path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, text);
        // Warnings come before the assembler and the linker have anything to do.
        var result = await new ProcessRunner().RunAsync(new ProcessSpec("aarch64-linux-gnu-gcc", [.. Strict, .. (headers ?? []).Select(h => $"-I{h}"), "-S", "-o", "/dev/null", path]));
        return result.ExitCode == 0 && result.ErrorText.Length == 0 ? null : result.ErrorText;
    }
}
