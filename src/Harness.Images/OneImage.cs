using Harness.Processes;

namespace Harness.Images;

/// <summary>One image in the making, in a folder of its own.</summary>
internal sealed class OneImage(
    ImageSources sources, KernelTrack track, ResolvedTrack resolved, ImageKeys keys, string ground, string rootfsTar,
    string toolbox, string mirror, string poolRecord, Apt apt, IProcessRunner runner)
{
    // What a host for the probe never opens.
    private static readonly string[] Unneeded =
    [
        "./var/*", "./usr/share/*", "./usr/include/*", "./dev/*", "*/gconv", "*/ldscripts", "*/gold-ld", "*/engines-3", "*libbfd*", "*libopcodes*",
        "*libctf*", "*gprofng*", "*libsframe*", "*libstdc++*", "./usr/bin/[!m]*",
    ];

    // What goes into the toolbox instead of the kernel's folder.
    private static readonly string[] ForBuilding = ["linux-headers-", "linux-kbuild-"];

    /// <returns>The folder with the image's files.</returns>
    public async Task<string> BuildAsync(Action<string> step, CancellationToken cancel)
    {
        string debs = Make("debs"), kernel = Make("kernel"), root = Make("root"), image = Make("image");
        step("downloading the kernel " + resolved.Release);
        await apt.DownloadAsync(resolved.Packages.Select(p => $"{p.Key}={p.Value}"), debs, cancel).ConfigureAwait(false);
        string? gone = await FetchUnlistedAsync(debs, step, cancel).ConfigureAwait(false);
        foreach (string deb in Directory.EnumerateFiles(debs, "*.deb"))
            await runner.RunAsync("dpkg-deb", ["-x", deb, ForBuilding.Any(p => Path.GetFileName(deb).StartsWith(p, StringComparison.Ordinal)) ? toolbox : kernel], cancel)
                .ConfigureAwait(false);
        File.Move(Newest(kernel, "vmlinuz*"), Path.Combine(image, "kernel"));

        string? module = null;
        if (gone is null)
        {
            step("compiling the exporter module");
            module = await CompileAsync(cancel).ConfigureAwait(false);
            File.Copy(module, Path.Combine(image, GuestImage.Exporter));
        }
        else
        {
            string why = $"the archive's pool has {gone} no more: the exporter can't be compiled";
            step(why);
            await File.WriteAllTextAsync(Path.Combine(image, GuestImage.ExporterMissing), why + "\n", cancel).ConfigureAwait(false);
        }

        step("packing the root file system");
        await runner.RunAsync("tar", ["-xf", rootfsTar, "-C", root, "--no-same-owner", .. Unneeded.Select(u => "--exclude=" + u)], cancel).ConfigureAwait(false);
        await FurnishAsync(root, kernel, module, cancel).ConfigureAwait(false);
        await PackAsync(root, Path.Combine(image, "initrd.zst"), cancel).ConfigureAwait(false);
        return image;
    }

    /// <returns>The first that is not there; null where all are.</returns>
    private async Task<string?> FetchUnlistedAsync(string into, Action<string> step, CancellationToken cancel)
    {
        var archive = new ArchivePool(mirror, poolRecord, apt, step);
        foreach (var file in resolved.Pool)
            if (await archive.FetchAsync(file, into, cancel).ConfigureAwait(false) is null)
                return file.Name;
        return null;
    }

    private async Task<string> CompileAsync(CancellationToken cancel)
    {
        string name = "exporter-" + Path.GetFileName(ground);
        string at = Path.Combine(toolbox, name);
        Directory.CreateDirectory(at);
        foreach (string file in Directory.EnumerateFiles(sources.Exporter))
            File.Copy(file, Path.Combine(at, Path.GetFileName(file)));
        await Bootstrap.InsideAsync(runner, toolbox,
        [
            "make", "-C", $"/usr/src/linux-headers-{resolved.Release}", $"M=/{name}", "ARCH=arm64",
            "CROSS_COMPILE=aarch64-linux-gnu-", $"CC={sources.Recipe.Toolbox.Compiler}",
            // Needs vmlinux, which no package has.
            "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules",
        ], cancel).ConfigureAwait(false);
        string module = Path.Combine(at, GuestImage.Exporter);
        await runner.RunAsync("aarch64-linux-gnu-strip", ["-g", module], cancel).ConfigureAwait(false);
        return module;
    }

    private async Task FurnishAsync(string root, string kernel, string? module, CancellationToken cancel)
    {
        foreach (string folder in new[] { "proc", "sys", "dev", "tmp", "run", "root/.ssh", "etc/dropbear", "lib/harness/modules" })
            Directory.CreateDirectory(Path.Combine(root, folder));
        foreach (string file in Directory.EnumerateFiles(sources.Rootfs))
            Copy(file, Path.Combine(root, Path.GetFileName(file)), Executable);
        Copy(keys.DropbearKeyPath, Path.Combine(root, "etc/dropbear/host_key"), Private);
        await File.WriteAllTextAsync(Path.Combine(root, "root/.ssh/authorized_keys"), keys.LoginPublicKey + "\n", cancel).ConfigureAwait(false);
        foreach (string folder in new[] { "root", "root/.ssh" })
            File.SetUnixFileMode(Path.Combine(root, folder), Private | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Combine(root, "root/.ssh/authorized_keys"), Private);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n", cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/group"), "root:x:0:\n", cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/shadow"), "root:*:19000::::::\n", cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(root, "etc/shells"), "/bin/sh\n", cancel).ConfigureAwait(false);
        File.CreateSymbolicLink(Path.Combine(root, "usr/bin/mono"), "mono-sgen");
        if (module is not null)
            File.Copy(module, Path.Combine(root, "lib/harness", GuestImage.Exporter));

        string[] modules = [.. track.Loads, .. sources.Recipe.Rootfs.Modules];
        for (int i = 0; i < modules.Length; i++)
        {
            string name = modules[i];
            string packed = Newest(kernel, name + ".ko*");
            string plain = Path.Combine(root, $"lib/harness/modules/{i:00}-{name}.ko");
            if (packed.EndsWith(".xz", StringComparison.Ordinal))
            {
                File.Copy(packed, plain + ".xz");
                await runner.RunAsync("xz", ["-d", plain + ".xz"], cancel).ConfigureAwait(false);
            }
            else
            {
                File.Copy(packed, plain);
            }
        }
    }

    private async Task PackAsync(string root, string initrd, CancellationToken cancel)
    {
        // pipefail: a cpio that fails must not become a short image.
        await runner.RunAsync("bash",
        [
            "-c", "set -o pipefail; cd \"$1\" && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc -R 0:0 --quiet | zstd -q -10 -T0 -o \"$2\"",
            "pack", root, initrd,
        ], cancel).ConfigureAwait(false);
    }

    private string Newest(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).FirstOrDefault(f => new FileInfo(f).LinkTarget is null)
        ?? throw new ImageException($"track {track.Name}: no {pattern} in {string.Join(", ", resolved.Packages.Keys)}");

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Executable = Private | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static void Copy(string from, string to, UnixFileMode mode)
    {
        File.Copy(from, to);
        File.SetUnixFileMode(to, mode);
    }

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(ground, name)).FullName;
}
