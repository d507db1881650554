using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Processes;

namespace Harness.Targets.Qemu.Snapshots;

/// <summary>
/// Which snapshot a machine starts from: a hash of all that decides what a booted machine is. That is QEMU's options,
/// the probe, and the programs and images named by them, each with its size and time of change.
/// </summary>
internal static class SnapshotKey
{
    /// <summary>Raised where the meaning of the files changes.</summary>
    private const int Format = 1;

    /// <returns>16 hexadecimal digits.</returns>
    public static string Of(QemuSpec spec, string? probeHash)
    {
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"format {Format}")
            .AppendLine(CultureInfo.InvariantCulture, $"probe {probeHash}");
        foreach (var file in new[] { ProgramPath.Find(spec.Program) ?? spec.Program, spec.KernelPath, spec.InitrdPath })
            text.AppendLine(Identity(new FileInfo(file)));
        foreach (var flag in QemuCommandLine.Flags(spec, qmpSocket: "", console: ""))
            text.AppendLine(CultureInfo.InvariantCulture, $"{flag.Name} {flag.Value}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }

    private static string Identity(FileInfo file) =>
        file.Exists
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"
            )
            : file.FullName;
}
