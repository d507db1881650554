using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Harness.Processes;

/// <summary>What statx(2) reports of a file and .NET does not.</summary>
/// <param name="IsRegular">No folder, device, FIFO or socket.</param>
/// <param name="BytesOnDisk">What it takes there, which for a sparse file is less than its size.</param>
public readonly partial record struct FileStatus(bool IsRegular, long BytesOnDisk)
{
    // struct statx of linux/stat.h: the layout is the same on all architectures.
    private const int CurrentDirectory = -100;
    private const uint BasicStats = 0x7ff;
    private const int SizeOfStatx = 256;
    private const int OffsetOfMode = 28;
    private const int OffsetOfBlocks = 48;
    private const int BlockSize = 512;
    private const int TypeMask = 0xf000; // S_IFMT
    private const int RegularType = 0x8000; // S_IFREG

    /// <summary>The file's status; null where there is none, or it can't be read.</summary>
    public static FileStatus? Of(string path)
    {
        var buffer = new byte[SizeOfStatx];
        if (Statx(CurrentDirectory, path, 0, BasicStats, buffer) != 0)
            return null;
        int mode = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(OffsetOfMode));
        long blocks = BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(OffsetOfBlocks));
        return new FileStatus((mode & TypeMask) == RegularType, blocks * BlockSize);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] buffer);
}
