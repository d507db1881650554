using System.Diagnostics;

namespace Harness.Reports.Tests.Exports;

/// <summary>
/// Third-party programs that read exports. If one is missing the test fails, since nothing was verified.
/// </summary>
internal static class Consumer
{
    /// <summary>Debian's own Python, since it has Debian's packages.</summary>
    public const string Python = "/usr/bin/python3";

    /// <summary>Perl's reader of TAP.</summary>
    public const string Prove = "/usr/bin/prove";

    public static void Require(string file, string package)
    {
        if (!File.Exists(file) && !Directory.Exists(file))
            Assert.Fail($"{file} is missing: install Debian's {package} (scripts/setup --tests does)");
    }

    public static async Task<(int Code, string Out)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        TestContext.Out.Write(await errors);
        return (process.ExitCode, output);
    }

    /// <summary>A Python script, which must succeed.</summary>
    public static async Task<string> PythonAsync(string script, params string[] arguments)
    {
        Require(Python, "python3");
        var (code, output) = await RunAsync(Python, ["-c", script, .. arguments]);
        Assert.That(code, Is.Zero, output);
        return output;
    }
}
