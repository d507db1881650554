using Harness.Processes;

namespace Harness.Images;

/// <summary>Builds one image, in its own folder.</summary>
internal sealed class OneImage(
    ImageSources sources,
    ImageKeys keys,
    string ground,
    string rootfsTar,
    IProcessRunner runner
)
{
    // Debian's packages have all files in /usr; the links to it are made by base-files, which an image doesn't contain.
    private static readonly string[] Merged = ["bin", "sbin", "lib"];

    /// <returns>The folder with the image's files.</returns>
    public async Task<string> BuildAsync(KernelParts kernel, Action<string> step, CancellationToken cancel)
    {
        string root = Make("root"),
            image = Make("image");
        File.Copy(kernel.Image, Path.Combine(image, "kernel"));
        if (kernel.Exporter is not null)
        {
            File.Copy(kernel.Exporter, Path.Combine(image, GuestImage.Exporter));
        }
        else
        {
            step("the image gets no exporter: " + kernel.NoExporter);
            await File.WriteAllTextAsync(
                    Path.Combine(image, GuestImage.ExporterMissing),
                    kernel.NoExporter + "\n",
                    cancel
                )
                .ConfigureAwait(false);
        }

        if (kernel.Changelog is { } changelog)
            File.Copy(changelog, Path.Combine(image, GuestImage.Changelog));

        step("packing the root file system");
        await runner
            .RunAsync(
                "tar",
                [
                    "-xf",
                    rootfsTar,
                    "-C",
                    root,
                    "--no-same-owner",
                    "--wildcards",
                    .. sources.Recipe.Rootfs.Files.Select(f => "./" + f),
                ],
                cancel
            )
            .ConfigureAwait(false);
        await FurnishAsync(root, kernel, cancel).ConfigureAwait(false);
        await PackAsync(root, Path.Combine(image, "initrd.zst"), cancel).ConfigureAwait(false);
        GuestImage.RecordHashes(image);
        return image;
    }

    private async Task FurnishAsync(string root, KernelParts kernel, CancellationToken cancel)
    {
        foreach (string link in Merged)
        {
            Directory.CreateDirectory(Path.Combine(root, "usr", link));
            File.CreateSymbolicLink(Path.Combine(root, link), "usr/" + link);
        }
        foreach (
            string folder in new[]
            {
                "proc",
                "sys",
                "dev",
                "tmp",
                "run",
                "root/.ssh",
                "etc/dropbear",
                "lib/harness/modules",
                "lib/harness/optional",
            }
        )
            Directory.CreateDirectory(Path.Combine(root, folder));
        foreach (string file in Directory.EnumerateFiles(sources.Rootfs))
            Copy(file, Path.Combine(root, Path.GetFileName(file)), Executable);
        Copy(keys.DropbearKeyPath, Path.Combine(root, "etc/dropbear/host_key"), Private);
        await File.WriteAllTextAsync(
                Path.Combine(root, "root/.ssh/authorized_keys"),
                keys.LoginPublicKey + "\n",
                cancel
            )
            .ConfigureAwait(false);
        foreach (string folder in new[] { "root", "root/.ssh" })
            File.SetUnixFileMode(Path.Combine(root, folder), Private | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Combine(root, "root/.ssh/authorized_keys"), Private);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n", cancel)
            .ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/group"), "root:x:0:\n", cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/shadow"), "root:*:19000::::::\n", cancel)
            .ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/shells"), "/bin/sh\n", cancel).ConfigureAwait(false);
        if (kernel.Exporter is { } module)
            File.Copy(module, Path.Combine(root, "lib/harness", GuestImage.Exporter));
        if (kernel.Variant is { } variant)
            File.Copy(variant, Path.Combine(root, "lib/harness", GuestImage.Variant));

        await UnpackAsync(kernel.Modules, Path.Combine(root, "lib/harness/modules"), cancel).ConfigureAwait(false);
        await UnpackAsync(kernel.Optional, Path.Combine(root, "lib/harness/optional"), cancel).ConfigureAwait(false);
    }

    /// <summary>Under names that sort in load order.</summary>
    private async Task UnpackAsync(
        IReadOnlyList<KeyValuePair<string, string>> modules,
        string folder,
        CancellationToken cancel
    )
    {
        for (int i = 0; i < modules.Count; i++)
        {
            var (name, packed) = modules[i];
            string plain = Path.Combine(folder, $"{i:00}-{name}.ko");
            string suffix = Path.GetExtension(packed) is ".ko" ? "" : Path.GetExtension(packed);
            File.Copy(packed, plain + suffix);
            string[] unpack = suffix switch
            {
                ".xz" => ["xz", "-d"],
                ".gz" => ["gzip", "-d"],
                ".zst" => ["zstd", "-q", "-d", "--rm"],
                _ => [],
            };
            if (unpack.Length > 0)
                await runner.RunAsync(unpack[0], [.. unpack[1..], plain + suffix], cancel).ConfigureAwait(false);
        }
    }

    private async Task PackAsync(string root, string initrd, CancellationToken cancel)
    {
        // pipefail: a failing cpio must not produce a truncated image.
        await runner
            .RunAsync(
                "bash",
                [
                    "-c",
                    "set -o pipefail; cd \"$1\" && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc -R 0:0 --quiet | zstd -q -10 -T0 -o \"$2\"",
                    "pack",
                    root,
                    initrd,
                ],
                cancel
            )
            .ConfigureAwait(false);
    }

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Executable =
        Private
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private static void Copy(string from, string to, UnixFileMode mode)
    {
        File.Copy(from, to);
        File.SetUnixFileMode(to, mode);
    }

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(ground, name)).FullName;
}
