using System.Text;
using Harness.Processes;

namespace Harness.Images.Tests;

/// <summary>
/// Simulates the programs of a machine with its own archive: each creates the files that the real one would, with less
/// content.
/// </summary>
internal sealed class FakePrograms : IProcessRunner
{
    /// <summary>The archive: versions by package.</summary>
    public Dictionary<string, string> Archive { get; } =
        new()
        {
            ["linux-kbuild-6.12.9+deb13"] = "6.12.9-1",
            ["linux-kbuild-6.12.12+deb13"] = "6.12.12-1",
            ["linux-kbuild-7.2.1+deb13"] = "7.2.1-1~bpo",
            ["linux-image-6.12.9+deb13-arm64"] = "6.12.9-1",
            ["linux-headers-6.12.9+deb13-arm64"] = "6.12.9-1",
            ["linux-image-6.12.12+deb13-arm64"] = "6.12.12-1",
            ["linux-headers-6.12.12+deb13-arm64"] = "6.12.12-1",
            ["linux-image-6.12.12+deb13-arm64-dbg"] = "6.12.12-1",
            ["linux-image-arm64"] = "6.12.12-1",
            ["linux-binary-7.2.1+deb13-arm64"] = "7.2.1-1~bpo",
            ["linux-modules-7.2.1+deb13-arm64"] = "7.2.1-1~bpo",
            ["linux-headers-7.2.1+deb13-arm64"] = "7.2.1-1~bpo",
        };

    /// <summary>The packages in suites with more point releases: versions by package.</summary>
    public Dictionary<string, string> More { get; } = [];

    /// <summary>The archive's pool: contents by file name.</summary>
    public Dictionary<string, string> Pool { get; } = [];

    /// <summary>The root file system's packages with all dependencies: versions by name.</summary>
    public Dictionary<string, string> Rootfs { get; } = new() { ["busybox-static"] = "1.35-4", ["libc6"] = "2.36-9" };

    /// <summary>The modules that were in the root file system when it was last packed.</summary>
    public IReadOnlyList<string> Modules { get; private set; } = [];

    /// <summary>The last image has the VFIO variant driver.</summary>
    public bool HasVariant { get; private set; }

    private static string Module(string folder) =>
        folder.Contains("variant", StringComparison.Ordinal) ? "stage2_vfio.ko" : "stage2_exporter.ko";

    /// <summary>
    /// Called before each program, with the number of programs started before it; its result ends the program.
    /// </summary>
    public Func<int, ProcessSpec, ProcessResult?> Before { get; set; } = (_, _) => null;

    public List<ProcessSpec> Started { get; } = [];

    public Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken cancel = default)
    {
        lock (Started)
            Started.Add(spec);
        var end = Before(Started.Count - 1, spec);
        cancel.ThrowIfCancellationRequested();
        if (end is null && spec.Program.EndsWith("/apt-helper", StringComparison.Ordinal))
        {
            string file = spec.Arguments[^2].Split('/')[^1];
            if (!Pool.TryGetValue(file, out string? content))
                return Task.FromResult(
                    Result(
                        spec,
                        100,
                        $"Err:1 {spec.Arguments[^2]}\n  404  Not Found [IP: 192.0.2.1 80]\n",
                        "E: Failed to fetch it\nE: Download Failed\n"
                    )
                );
            Write(spec.Arguments[^1], content);
        }
        return Task.FromResult(end ?? Result(spec, 0, Do(spec)));
    }

    public ChildProcess Start(ProcessSpec spec, ChildOutput output = ChildOutput.Stream) =>
        throw new NotSupportedException();

    public static ProcessResult Result(ProcessSpec spec, int code, string output, string errors = "") =>
        new(
            spec,
            new ProcessExit(code),
            Encoding.UTF8.GetBytes(output),
            Encoding.UTF8.GetBytes(errors),
            false,
            false,
            false,
            TimeSpan.Zero
        );

    /// <summary>Other files in kernel packages: contents by path.</summary>
    public Dictionary<string, byte[]> InKernelPackages { get; } = [];

    private string Do(ProcessSpec spec)
    {
        var (program, arguments, where) = (spec.Program, spec.Arguments, spec.WorkingDirectory);
        var archive =
            spec.Environment?.GetValueOrDefault("APT_CONFIG")?.Contains("/apt-more/", StringComparison.Ordinal) == true
                ? More
                : Archive;
        switch (program)
        {
            case "ssh-keygen":
                Write(arguments[^1], "private");
                Write(arguments[^1] + ".pub", $"ssh-ed25519 {Guid.NewGuid():N}\n");
                return "";
            case "/usr/lib/apt/apt-helper":
            case "apt-get" when arguments.Contains("update"):
                return "";
            case "apt-get" when arguments.Contains("--simulate"):
                return "Reading package lists...\n"
                    + string.Concat(
                        Rootfs.Select(p =>
                            $"Inst {p.Key} ({p.Value} Debian:12/oldstable [arm64]) []\nConf {p.Key} ({p.Value} x)\n"
                        )
                    );
            case "apt-get" when arguments.Contains("download"):
                foreach (string package in arguments.SkipWhile(a => a != "download").Skip(1))
                    Write(Path.Combine(where!, package.Replace('=', '_') + "_arm64.deb"), package);
                return "";
            case "apt-cache" when arguments.Contains("pkgnames"):
                return string.Join('\n', archive.Keys) + "\n";
            case "apt-cache":
                return string.Concat(
                    arguments.Where(archive.ContainsKey).Select(p => $"Package: {p}\nVersion: {archive[p]}\n\n")
                );
            case "mmdebstrap":
                Write(arguments.Single(a => a.EndsWith(".tar", StringComparison.Ordinal)), "tar");
                return "";
            case "tar":
                string into = arguments[arguments.ToList().IndexOf("-C") + 1];
                foreach (string folder in new[] { "usr/bin", "usr/lib", "dev" })
                    Directory.CreateDirectory(Path.Combine(into, folder));
                return "";
            case "dpkg-deb":
                string deb = Path.GetFileName(arguments[1]);
                if (deb.StartsWith("linux-base-", StringComparison.Ordinal))
                    Write(Path.Combine(arguments[2], "usr/share/doc/linux-base/changelog.gz"), deb);
                if (
                    deb.StartsWith("linux-image", StringComparison.Ordinal)
                    || deb.StartsWith("linux-binary", StringComparison.Ordinal)
                )
                {
                    Write(Path.Combine(arguments[2], "boot/vmlinuz-" + deb), deb);
                    foreach (var (path, content) in InKernelPackages)
                    {
                        Write(Path.Combine(arguments[2], path), "");
                        File.WriteAllBytes(Path.Combine(arguments[2], path), content);
                    }
                }
                foreach (string module in new[] { "failover.ko", "virtio_net.ko.xz" })
                    Write(Path.Combine(arguments[2], "lib", module), "module");
                return "";
            case "xz":
                File.Move(arguments[^1], arguments[^1][..^".xz".Length]);
                return "";
            case "chroot" or "unshare":
                string tree = arguments[arguments.ToList().IndexOf("/usr/bin/env") - 1];
                string folderInside = arguments.Single(a => a.StartsWith("M=", StringComparison.Ordinal))[
                    "M=".Length..
                ];
                Write($"{tree}{folderInside}/{Module(folderInside)}", "module");
                return "";
            case "make":
                string at = arguments.Single(a => a.StartsWith("M=", StringComparison.Ordinal))["M=".Length..];
                Write(Path.Combine(at, Module(at)), "module");
                return "";
            case "zstd" when arguments.Contains("--rm") && !arguments.Contains("-d"):
                File.Move(arguments[^1], arguments[^1] + ".zst");
                return "";
            case "zstd" or "gzip":
                return "";
            case "bash":
                HasVariant = File.Exists(Path.Combine(arguments[^2], "lib/harness/stage2_vfio.ko"));
                Modules =
                [
                    .. Directory
                        .EnumerateFiles(Path.Combine(arguments[^2], "lib/harness/modules"))
                        .Select(f => Path.GetFileName(f)),
                ];
                Write(arguments[^1], "initrd");
                return "";
            case "dropbearconvert":
                Write(arguments[^1], "key");
                return "";
            case "aarch64-linux-gnu-strip":
                return "";
            default:
                throw new ProgramNotFoundException(program, "a machine of a test");
        }
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
