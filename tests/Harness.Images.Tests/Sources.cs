namespace Harness.Images.Tests;

/// <summary>A guest-images/ and a cache for one test, in a folder that is removed afterwards.</summary>
public sealed class Sources : IDisposable
{
    public const string Recipe = """
        {
          "tracks": [
            {
              "name": "6.12", "suites": ["stable"], "kernel": "linux-image-(6\\.12\\.[0-9.]+\\+deb13(?:\\.[0-9]+)?)-arm64",
              "modules": [], "headers": ["linux-headers-{version}-arm64"], "kbuild": "linux-kbuild-{version}",
            },
            {
              "name": "7.2", "suites": ["stable", "newer"], "kernel": "linux-binary-(7\\.2\\.[0-9.]+\\+deb13(?:\\.[0-9]+)?)-arm64",
              "modules": ["linux-modules-{version}-arm64"], "headers": ["linux-headers-{version}-arm64"], "kbuild": "linux-kbuild-{version}",
            },
          ],
          "rootfs": { "suite": "old", "packages": ["busybox-static"], "files": ["usr/bin/busybox"], "modules": ["failover", "virtio_net"] },
          "toolbox": { "suite": "stable", "compiler": "gcc-14", "packages": ["make"] },
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("harness-images-").FullName;

    public Sources(string recipe = Recipe)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "rootfs"));
        Directory.CreateDirectory(Path.Combine(Folder, "exporter"));
        Directory.CreateDirectory(Path.Combine(Folder, "variant"));
        Write("tracks.json", recipe);
        Write("rootfs/init", "#!/bin/sh\n");
        Write("exporter/Makefile", "obj-m := stage2_exporter.o\n");
        Write("exporter/stage2_exporter.c", "int x;\n");
        Write("variant/stage2_vfio.c", "int x;\n");
    }

    public string Folder => Path.Combine(_folder, "guest-images");

    public string Cache => Path.Combine(_folder, "cache");

    /// <summary>As a new process sees it.</summary>
    public ImageStore Store => new(new ImageSources(Folder), Cache);

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    /// <summary>Keys that need no ssh-keygen.</summary>
    public ImageKeys Keys(string host = "ssh-ed25519 HOST", string login = "ssh-ed25519 LOGIN")
    {
        string at = Path.Combine(_folder, "keys-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(at);
        File.WriteAllText(Path.Combine(at, "host.pub"), host + "\n");
        File.WriteAllText(Path.Combine(at, "login.pub"), login + "\n");
        return new ImageKeys(at);
    }

    /// <summary>The recipe with one part replaced; the part must exist.</summary>
    public static string Changed(string part, string into) =>
        Recipe.Contains(part, StringComparison.Ordinal)
            ? Recipe.Replace(part, into, StringComparison.Ordinal)
            : throw new AssertionException($"the recipe has no {part}");

    /// <summary>The harness's own guest-images/.</summary>
    public static string Committed
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(at.FullName, "Harness.sln")))
                at = at.Parent
                    ?? throw new AssertionException($"there is no Harness.sln above {AppContext.BaseDirectory}");
            return Path.Combine(at.FullName, "guest-images");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
