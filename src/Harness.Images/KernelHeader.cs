using System.Buffers.Binary;
using System.IO.Compression;

namespace Harness.Images;

/// <summary>
/// The header of an arm64 Image, plain or gzip: Documentation/arch/arm64/booting.rst. Its magic is at byte 56, its
/// flags are at byte 24.
/// </summary>
internal static class KernelHeader
{
    public const int Size = 64;
    public const int UsualPageKiB = 4;

    private const int Flags = 24;
    private const int Magic = 56;
    private const ushort Gzip = 0x1f8b;

    /// <summary>Whether a file begins with such a header.</summary>
    public static bool IsAt(ReadOnlySpan<byte> start) =>
        start.Length >= Size && start[Magic..(Magic + 4)].SequenceEqual("ARM\x64"u8);

    /// <summary>Opens an Image; what is read is not compressed.</summary>
    public static Stream Open(string path)
    {
        var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return BinaryPrimitives.ReadUInt16BigEndian(magic) == Gzip
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
    }

    /// <summary>The page size of the kernel, in KiB; null if the file says nothing of it.</summary>
    public static int? PageKiB(string path)
    {
        using var image = Open(path);
        var start = new byte[Size];
        int read = image.ReadAtLeast(start, Size, throwOnEndOfStream: false);
        return read == Size && IsAt(start)
            ? (BinaryPrimitives.ReadUInt64LittleEndian(start.AsSpan(Flags)) >> 1 & 3) switch
            {
                1 => 4,
                2 => 16,
                3 => 64,
                _ => null,
            }
            : null;
    }
}
