using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Harness.Model;

/// <summary>
/// The id of a case or a migration: the first 48 bits of the SHA-256 of its key, in hex. It stays the same from version
/// to version of the harness as long as the key does.
/// </summary>
public static class CaseId
{
    /// <summary>Of a whole id.</summary>
    public const int Digits = 12;

    /// <summary>Longer keys, those of lifecycles, are hashed from the heap.</summary>
    private const int ShortKey = 256;

    public static string Of(string key) => Number(key).ToString("x12", CultureInfo.InvariantCulture);

    /// <summary>The id as a number of 48 bits.</summary>
    /// <param name="key">The key, or its beginning.</param>
    /// <param name="rest">What follows it.</param>
    public static ulong Number(string key, string rest = "")
    {
        int most = Encoding.UTF8.GetMaxByteCount(key.Length + rest.Length);
        Span<byte> text = most <= ShortKey ? stackalloc byte[ShortKey] : new byte[most];
        int length = Encoding.UTF8.GetBytes(key, text);
        length += Encoding.UTF8.GetBytes(rest, text[length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) >> 16;
    }
}
