using System.Security.Cryptography;

namespace Harness.Targets.Deployment;

/// <summary>The program that is deployed, identified by its hash.</summary>
/// <param name="Content">One executable file.</param>
public sealed record ProbeFile(byte[] Content)
{
    private const string Resource = "Harness.Probe";

    private static readonly Lazy<ProbeFile> s_embedded = new(Read);

    /// <summary>The probe that was built with this harness: a static program for arm64 Linux.</summary>
    public static ProbeFile Embedded => s_embedded.Value;

    /// <summary>SHA-256 of the file, hex.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Content));

    private static ProbeFile Read()
    {
        using var stream = typeof(ProbeFile).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"this build has no resource {Resource}");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new ProbeFile(content);
    }
}
