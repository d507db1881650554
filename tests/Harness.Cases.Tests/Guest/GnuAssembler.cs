using System.Diagnostics;
using System.Runtime.InteropServices;
using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

/// <summary>aarch64-linux-gnu-as, as the reference.</summary>
internal static class GnuAssembler
{
    /// <summary>The words of the instructions, one per line.</summary>
    public static uint[] Words(IEnumerable<string> lines)
    {
        string folder = Directory.CreateTempSubdirectory("stage2-as-").FullName;
        try
        {
            string text = Path.Combine(folder, "a.s"),
                made = Path.Combine(folder, "a.o"),
                raw = Path.Combine(folder, "a.bin");
            File.WriteAllLines(text, [".arch armv8.5-a+memtag", .. lines]);
            Run("aarch64-linux-gnu-as", "-o", made, text);
            Run("aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", made, raw);
            return MemoryMarshal.Cast<byte, uint>(File.ReadAllBytes(raw)).ToArray();
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
