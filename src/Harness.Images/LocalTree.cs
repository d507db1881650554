using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>The files of a user-built kernel, located and read.</summary>
internal sealed partial class LocalTree
{
    // To be loaded before the image's own, unless they are built in.
    private static readonly string[] Loads =
    [
        "virtio",
        "virtio_ring",
        "virtio_pci_legacy_dev",
        "virtio_pci_modern_dev",
        "virtio_pci",
    ];

    /// <summary>Options that the image's init and QEMU's machine require, without CONFIG_.</summary>
    internal static IReadOnlyList<string> Needed { get; } =
    [
        "KVM",
        "MODULES",
        "BLK_DEV_INITRD",
        "RD_ZSTD",
        "BINFMT_ELF",
        "BINFMT_SCRIPT",
        "DEVTMPFS",
        "TMPFS",
        "PROC_FS",
        "SYSFS",
        "INET",
        "UNIX",
        "SERIAL_AMBA_PL011_CONSOLE",
        "PCI_HOST_GENERIC",
        "VIRTIO_PCI",
        "VIRTIO_NET",
    ];

    private static readonly string[] Configurations = [".config", "include/config/auto.conf"];

    /// <exception cref="LocalKernelException">The path is not a kernel.</exception>
    public LocalTree(LocalKernel kernel, RootFileSystem rootfs)
    {
        Image = ImageAt(kernel.Path);
        string? inTree = Directory.Exists(kernel.Path) ? kernel.Path : null;
        Release = ReleaseOf(Image, inTree is not null);
        var tree = (Folder(kernel.Modules, "modules") ?? inTree) is { } modules ? new ModuleTree(modules) : null;
        Modules = tree?.InOrder([.. Loads, .. rootfs.Modules]) ?? [];
        Optional = [.. (tree?.InOrder(rootfs.Optional ?? []) ?? []).Where(o => Modules.All(m => m.Key != o.Key))];
        Headers = Folder(kernel.Headers, "headers") ?? inTree;
        NoExporter = WhyNoExporter();
    }

    /// <summary>The file that is booted.</summary>
    public string Image { get; }

    /// <summary>uname -r.</summary>
    public string Release { get; }

    /// <summary>Modules to load, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Modules { get; }

    /// <summary>Optional modules to load after those.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Optional { get; }

    /// <summary>What modules are built against; null if nothing is given.</summary>
    public string? Headers { get; }

    /// <summary>Why no exporter can be built; null if it can be tried.</summary>
    public string? NoExporter { get; }

    /// <summary>The .config, or make's generated file; null if there is none.</summary>
    public string? Configuration =>
        Headers is null ? null : Configurations.Select(f => Path.Combine(Headers, f)).FirstOrDefault(File.Exists);

    /// <summary>Options needed to boot that the kernel's configuration lacks, if there is one.</summary>
    public IReadOnlyList<string> LackingOptions
    {
        get
        {
            var set = Options();
            return set.Count == 0 ? [] : [.. Needed.Where(n => !set.Contains(n)).Select(n => "CONFIG_" + n)];
        }
    }

    /// <summary>
    /// What the host can't do, according to the kernel's configuration: options that are not set, and what each is
    /// needed for.
    /// </summary>
    public IReadOnlyList<LackingOption> LackingAbilities
    {
        get
        {
            var set = Options();
            return set.Count == 0
                ? []
                :
                [
                    .. KernelOptions
                        .Useful.Where(o => !o.Names.Any(set.Contains))
                        .Select(o => new LackingOption(o.Text, o.Costs)),
                ];
        }
    }

    /// <summary>Its kernel has what VFIO's variant drivers are built on.</summary>
    public bool HasVfioCore => Options().Contains("VFIO_PCI_CORE");

    private HashSet<string> Options() =>
        Configuration is null
            ? []
            :
            [
                .. File.ReadLines(Configuration)
                    .Select(l => SetOption().Match(l))
                    .Where(m => m.Success)
                    .Select(m => m.Groups[1].Value),
            ];

    /// <summary>SHA-256, hex, over the content of all files that go into the image.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] headers = Headers is null
            ? []
            : [.. Configurations.Append("Module.symvers").Select(f => Path.Combine(Headers, f)).Where(File.Exists)];
        foreach (string file in Modules.Concat(Optional).Select(m => m.Value).Prepend(Image).Concat(headers))
        {
            using var stream = File.OpenRead(file);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private string? WhyNoExporter()
    {
        if (Headers is null)
            return "nothing to build it against is given (--kernel-headers)";
        if (!File.Exists(Path.Combine(Headers, "Makefile")) || Configuration is null)
            return $"{Headers} has no Makefile and no configuration: it is neither a kernel's tree that was built nor a headers package";
        // The source of a module's vermagic. (Debian's include/config/kernel.release differs.)
        string generated = Path.Combine(Headers, "include/generated/utsrelease.h");
        string? headers = File.Exists(generated) ? File.ReadAllText(generated).Split('"').ElementAtOrDefault(1) : null;
        return headers is not null && headers != Release ? $"{Headers} is of {headers}, the kernel is {Release}" : null;
    }

    private static string? Folder(string? given, string what) =>
        given is null || Directory.Exists(given)
            ? given
            : throw new LocalKernelException($"{given} is not a folder: the kernel's {what} are searched there");

    private static string ImageAt(string path)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new LocalKernelException(
                $"{path} does not exist: give an arm64 Image, or the tree in which it was built"
            );
        string image = Path.Combine(path, "arch/arm64/boot/Image");
        return File.Exists(image)
            ? image
            : throw new LocalKernelException(
                $"{path} has no arch/arm64/boot/Image: build it (make ARCH=arm64 Image modules), or give the Image's own path",
                notBuilt: true
            );
    }

    // linux_banner contains the release.
    private static string ReleaseOf(string image, bool inTree)
    {
        using var content = new MemoryStream();
        using (var plain = KernelHeader.Open(image))
            plain.CopyTo(content);
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        if (!KernelHeader.IsAt(bytes))
            throw new LocalKernelException(
                $"{image} is no arm64 Image (arch/arm64/boot/Image is one; vmlinux and vmlinuz.efi are not)",
                inTree
            );
        int at = bytes.IndexOf("Linux version "u8);
        var banner = at < 0 ? default : bytes[(at + "Linux version ".Length)..];
        int end = banner.IndexOf((byte)' ');
        return end is > 0 and < 65
            ? Encoding.ASCII.GetString(banner[..end])
            : throw new LocalKernelException(
                $"{image} does not say which kernel it is: there is no \"Linux version\" in it",
                inTree
            );
    }

    [GeneratedRegex("^CONFIG_([A-Z0-9_]+)=[ym]$")]
    private static partial Regex SetOption();
}
