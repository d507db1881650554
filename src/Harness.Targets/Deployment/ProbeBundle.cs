using System.Buffers.Binary;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Harness.Targets.Deployment;

/// <summary>The two builds of one probe's source, and the hash by which both are known.</summary>
public sealed class ProbeBundle
{
    /// <summary>The program in the net472 build, and in the net10.0 build.</summary>
    internal const string MonoProgram = "Harness.Probe.exe";
    internal const string DotnetProgram = "Harness.Probe.dll";

    private ProbeBundle(IReadOnlyList<BundleFile> mono, IReadOnlyList<BundleFile> dotnet)
    {
        Mono = mono;
        Dotnet = dotnet;
        Hash = HashOf([.. mono.Select(f => f with { Name = "mono/" + f.Name }), .. dotnet.Select(f => f with { Name = "dotnet/" + f.Name })]);
    }

    /// <summary>SHA-256, hex, over names and contents of all files, sorted.</summary>
    public string Hash { get; }

    internal IReadOnlyList<BundleFile> Mono { get; }

    internal IReadOnlyList<BundleFile> Dotnet { get; }

    /// <summary>Reads the two build folders, as bin/Release/TFM has them.</summary>
    /// <param name="net472Folder">For Mono.</param>
    /// <param name="net10Folder">For .NET 10.</param>
    /// <exception cref="FileNotFoundException">A folder lacks its program: it was not built.</exception>
    public static ProbeBundle Read(string net472Folder, string net10Folder) =>
        new(Files(net472Folder, MonoProgram), Files(net10Folder, DotnetProgram));

    /// <summary>The files as one archive that any tar reads, busybox's included.</summary>
    internal static byte[] Archive(IReadOnlyList<BundleFile> files)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var file in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file.Name)
                {
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                    DataStream = new MemoryStream(file.Content),
                });
        return bytes.ToArray();
    }

    private static List<BundleFile> Files(string folder, string program)
    {
        var full = Path.GetFullPath(folder);
        if (!File.Exists(Path.Combine(full, program)))
            throw new FileNotFoundException($"{Path.Combine(full, program)} does not exist: build the probe first "
                + "(dotnet build -c Release src/Harness.Probe)");
        return [.. Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
            .Select(path => (Path: path, Name: Path.GetRelativePath(full, path)))
            // What only this machine can use: its own launcher, and symbols.
            .Where(f => f.Name != "Harness.Probe" && !f.Name.EndsWith(".pdb", StringComparison.Ordinal))
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => new BundleFile(f.Name, File.ReadAllBytes(f.Path)))];
    }

    private static string HashOf(IEnumerable<BundleFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = new byte[sizeof(long)];
        foreach (var file in files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            // With its length before each part, no two different bundles give the same bytes.
            foreach (var part in new[] { Encoding.UTF8.GetBytes(file.Name), file.Content })
            {
                BinaryPrimitives.WriteInt64LittleEndian(length, part.Length);
                hash.AppendData(length);
                hash.AppendData(part);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>One file of a bundle.</summary>
internal sealed record BundleFile(string Name, byte[] Content)
{
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Content));
}
