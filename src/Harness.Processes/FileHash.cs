using System.Security.Cryptography;

namespace Harness.Processes;

/// <summary>Hashes of files.</summary>
public static class FileHash
{
    /// <summary>SHA-256 in lower-case hex digits, as sha256sum(1) prints it.</summary>
    public static string Sha256(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
