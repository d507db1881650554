using System.Collections.Concurrent;
using System.Diagnostics;
using Harness.Model;
using Harness.Processes;

namespace Harness.Reproducers.Tests;

/// <summary>Every kind of reproducer is C that a compiler for arm64 has nothing to say about.</summary>
public class CompilationTests
{
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
                if (await CompileAsync(c, Sample.Text(c), folder.Path) is { } errors)
                    failed.Add($"{c.Key}\n{errors}");
            });
        TestContext.Out.WriteLine($"{Sample.Covering.Count} files in {watch.Elapsed.TotalSeconds:0.0} s");

        Assert.That(failed, Is.Empty);
        Assert.That(Sample.Covering, Has.Count.GreaterThan(20));
    }

    [Test]
    public async Task A_file_with_an_unused_helper_would_be_noticed()
    {
        using var folder = new TemporaryFolder();
        var c = Sample.Covering[0];

        string? errors = await CompileAsync(c, Sample.Text(c).Replace("int main(void)", "static int unused(void)\n{\n\treturn 0;\n}\n\nint main(void)"), folder.Path);

        Assert.That(errors, Does.Contain("unused"));
    }

    /// <summary>Null, or what the compiler says.</summary>
    private static async Task<string?> CompileAsync(Case c, string text, string folder)
    {
        string path = Path.Combine(folder, Reproducer.FileName(c));
        await File.WriteAllTextAsync(path, text);
        // Warnings come before the assembler and the linker have anything to do.
        var result = await new ProcessRunner().RunAsync(new ProcessSpec("aarch64-linux-gnu-gcc", [.. Strict, "-S", "-o", "/dev/null", path]));
        return result.ExitCode == 0 && result.ErrorText.Length == 0 ? null : result.ErrorText;
    }
}
