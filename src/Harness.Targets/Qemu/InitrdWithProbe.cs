using System.Globalization;
using System.Text;

namespace Harness.Targets.Qemu;

/// <summary>
/// A guest image's initramfs with the probe appended as a second archive: the guest has the probe after boot, and it
/// need not be sent through the guest's sshd, which takes two seconds to encrypt 8 MiB under TCG.
/// </summary>
/// <remarks>
/// Documentation/driver-api/early-userspace/buffer-format.rst: an initramfs is any number of archives, compressed or
/// not, each at an offset that is a multiple of four. The format is "newc": a header of 110 ASCII characters, the name,
/// the content, each padded to four bytes.
/// </remarks>
internal static class InitrdWithProbe
{
    /// <summary>The probe's path in the guest.</summary>
    public const string ProbePath = "/stage2-probe";

    private const int Alignment = 4;
    private const int RegularExecutable = 0x81ed; // S_IFREG | 0755
    private const string LastEntry = "TRAILER!!!";

    /// <summary>Writes both to a new file.</summary>
    /// <param name="initrd">The image's.</param>
    /// <param name="probe">The program.</param>
    /// <param name="path">Of the new file.</param>
    /// <param name="cancel">Ends the writing.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public static async Task WriteAsync(
        string initrd,
        ReadOnlyMemory<byte> probe,
        string path,
        CancellationToken cancel
    )
    {
        await using var output = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await using (var input = File.OpenRead(initrd))
            await input.CopyToAsync(output, cancel).ConfigureAwait(false);
        await PadAsync(output, cancel).ConfigureAwait(false);
        await EntryAsync(output, ProbePath[1..], RegularExecutable, probe, cancel).ConfigureAwait(false);
        await EntryAsync(output, LastEntry, 0, ReadOnlyMemory<byte>.Empty, cancel).ConfigureAwait(false);
    }

    private static async Task EntryAsync(
        FileStream output,
        string name,
        int mode,
        ReadOnlyMemory<byte> content,
        CancellationToken cancel
    )
    {
        // inode, mode, uid, gid, links, time, size, four device numbers, the name's length with its NUL, no checksum.
        int[] fields = [1, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
        var head =
            "070701" + string.Concat(fields.Select(f => f.ToString("x8", CultureInfo.InvariantCulture))) + name + "\0";
        await output.WriteAsync(Encoding.ASCII.GetBytes(head), cancel).ConfigureAwait(false);
        await PadAsync(output, cancel).ConfigureAwait(false);
        await output.WriteAsync(content, cancel).ConfigureAwait(false);
        await PadAsync(output, cancel).ConfigureAwait(false);
    }

    private static async Task PadAsync(FileStream output, CancellationToken cancel)
    {
        int missing = (int)(-output.Position & (Alignment - 1));
        await output.WriteAsync(new byte[missing], cancel).ConfigureAwait(false);
    }
}
