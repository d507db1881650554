using System.Globalization;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Tests;

/// <summary>The mappings of this process in /proc. No other test here reserves memory.</summary>
[NonParallelizable]
public sealed unsafe class MappingTests
{
    private const ulong Size = 64 << 10;

    [Test]
    public void A_hole_has_no_mapping_and_nothing_moves_in()
    {
        using var hole = Make();
        Assert.That(Mapped(hole.Address), Is.True);
        Assert.That(hole.Vacate(), Is.Zero);

        // More than any gap that the process may have.
        using var large = Mapping.Make(-1, Size, true, false, 0, out _);
        using var aligned = Make();
        var small = Enumerable.Range(0, 2000).Select(_ => Mapping.Make(-1, 4096, true, false, 0, out int _)!).ToList();
        Assert.That(Mapped(hole.Address), Is.False);
        small.ForEach(m => m.Dispose());
    }

    [Test]
    public void A_hole_is_merged_with_its_surroundings()
    {
        var hole = Make();
        byte* address = hole.Address;
        hole.Vacate();
        Assert.That(Mapped(address + Size), Is.True, "the reservation's end");
        hole.Dispose();
        Assert.That(Mapped(address, Size + 4096), Is.False);
    }

    [Test]
    public void Where_others_might_move_in_there_is_no_hole()
    {
        using var first = Make();
        using var second = Make();
        using var plain = Mapping.Make(-1, Size, true, false, 0, out _)!;

        Assert.That(second.Vacate(), Is.EqualTo(LibcConstants.EBUSY));
        Assert.That(plain.Vacate(), Is.EqualTo(LibcConstants.EBUSY));
        Assert.That(Mapped(second.Address) && Mapped(plain.Address), Is.True);
    }

    [Test]
    public void A_replaced_mapping_may_be_vacated_and_takes_its_reservation_along()
    {
        var old = Make();
        var late = old.Replace(-1, write: false, shared: true, out int errno)!;
        Assert.That(errno, Is.Zero);
        Assert.That((ulong)late.Address, Is.EqualTo((ulong)old.Address));
        late.Dispose();
        Assert.That(Mapped(late.Address, Size + 4096), Is.False);
    }

    private static Mapping Make() => Mapping.Make(-1, Size, true, false, Size, out int _)!;

    private static bool Mapped(byte* address, ulong size = Size) =>
        File.ReadLines("/proc/self/maps")
            .Any(line =>
            {
                ulong[] range =
                [
                    .. line.Split(' ')[0]
                        .Split('-')
                        .Select(n => ulong.Parse(n, NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
                ];
                return range[0] < (ulong)address + size && (ulong)address < range[1];
            });
}
