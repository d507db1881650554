using System.Buffers.Binary;
using System.Security.Cryptography;
using Harness.Targets.Deployment;

namespace Harness.Targets.Tests;

/// <summary>The program that is embedded in the harness, by its ELF headers (elf(5)).</summary>
public class ProbeFileTests
{
    private const int ProgramHeaders = 32; // e_phoff
    private const int HeaderSize = 54; // e_phentsize
    private const int HeaderCount = 56; // e_phnum
    private const uint Load = 1; // PT_LOAD
    private const uint Dynamic = 2; // PT_DYNAMIC
    private const uint Interpreter = 3; // PT_INTERP
    private const ulong Needed = 1; // DT_NEEDED

    private static readonly byte[] s_file = ProbeFile.Embedded.Content;

    [Test]
    public void It_is_known_by_the_hash_of_its_content() =>
        Assert.That(ProbeFile.Embedded.Hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(s_file))));

    [Test]
    public void It_is_a_program_for_64_bit_arm()
    {
        Assert.That(s_file[..5], Is.EqualTo(new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2 }));
        Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(s_file.AsSpan(18)), Is.EqualTo(183), "EM_AARCH64");
    }

    [Test]
    public void It_needs_no_library_and_no_loader_of_its_host()
    {
        Assert.That(Segments().Select(s => s.Type), Has.None.EqualTo(Interpreter));
        var dynamic = Segments().SingleOrDefault(s => s.Type == Dynamic);
        for (int at = (int)dynamic.Offset; at < (int)(dynamic.Offset + dynamic.FileSize); at += 16)
            Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(s_file.AsSpan(at)), Is.Not.EqualTo(Needed));
    }

    [Test]
    public void Its_segments_can_be_mapped_where_pages_have_64_KiB()
    {
        var loaded = Segments().Where(s => s.Type == Load).ToList();
        Assert.That(loaded, Has.Count.GreaterThan(1));
        foreach (var segment in loaded)
        {
            Assert.That(segment.Align, Is.GreaterThanOrEqualTo(0x10000).And.Matches<ulong>(ulong.IsPow2));
            Assert.That(segment.Offset % 0x10000, Is.EqualTo(segment.Address % 0x10000));
        }
    }

    private static IEnumerable<(uint Type, ulong Offset, ulong Address, ulong FileSize, ulong Align)> Segments()
    {
        int start = (int)BinaryPrimitives.ReadUInt64LittleEndian(s_file.AsSpan(ProgramHeaders));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(s_file.AsSpan(HeaderSize));
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(s_file.AsSpan(HeaderCount)); i++)
        {
            int at = start + i * size;
            ulong Field(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(s_file.AsSpan(at + offset));
            yield return (
                BinaryPrimitives.ReadUInt32LittleEndian(s_file.AsSpan(at)),
                Field(8),
                Field(16),
                Field(32),
                Field(48)
            );
        }
    }
}
