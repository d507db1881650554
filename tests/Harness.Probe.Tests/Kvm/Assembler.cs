using System.Diagnostics;
using Harness.Probe.Kvm;

namespace Harness.Probe.Tests.Kvm;

/// <summary>The GNU assembler for arm64.</summary>
internal static class Assembler
{
    /// <summary>One instruction's word.</summary>
    public static uint Word(string instruction)
    {
        string folder = Directory.CreateTempSubdirectory("stage2-as-").FullName;
        try
        {
            string text = Path.Combine(folder, "a.s"),
                linked = Path.Combine(folder, "a.o"),
                raw = Path.Combine(folder, "a.bin");
            File.WriteAllText(text, instruction + "\n");
            Run("aarch64-linux-gnu-as", "-o", linked, text);
            Run("aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", linked, raw);
            return BitConverter.ToUInt32(File.ReadAllBytes(raw));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program}: {said}");
    }
}
