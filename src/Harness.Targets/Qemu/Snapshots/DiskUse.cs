using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Harness.Targets.Qemu.Snapshots;

/// <summary>What a file takes on disk, which for a sparse one is less than its size.</summary>
internal static partial class DiskUse
{
    // statx(2), linux/stat.h: the layout is the same on all architectures.
    private const int AtCurrentDirectory = -100;
    private const uint Blocks = 0x400;
    private const int SizeOfStatx = 256;
    private const int OffsetOfBlocks = 48;
    private const int BlockSize = 512;

    /// <summary>Bytes; the file's size where that can't be read.</summary>
    public static long Of(string path)
    {
        var buffer = new byte[SizeOfStatx];
        return Statx(AtCurrentDirectory, path, 0, Blocks, buffer) == 0
            ? BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(OffsetOfBlocks)) * BlockSize
            : new FileInfo(path).Length;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] buffer);
}
