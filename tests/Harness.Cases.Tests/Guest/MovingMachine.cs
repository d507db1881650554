using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

/// <summary>
/// An emulator of the A64 subset that <see cref="MovingGuest"/> uses, decoding its words, with its own memory. Its
/// whole state can be copied to another one, as a VMM does.
/// </summary>
internal sealed class MovingMachine(GuestProgram program)
{
    public const ulong Code = 0x10_0000,
        Memory = 0x4000_0000,
        Report = 0x0900_0000;

    private ulong _pc = Code + program.EntryOffset;

    public ulong[] X { get; private init; } = new ulong[32];

    /// <summary>64-bit words by their addresses; missing ones are zero.</summary>
    public Dictionary<ulong, ulong> Words { get; private init; } = [];

    /// <summary>The tags of granules by their addresses; missing ones are zero.</summary>
    public Dictionary<ulong, ulong> Tags { get; private init; } = [];

    /// <summary>By the bits of MRS and MSR.</summary>
    public Dictionary<uint, ulong> System { get; private init; } = [];

    /// <summary>The addresses of stores since the last report.</summary>
    public HashSet<ulong> Dirty { get; } = [];

    public static MovingMachine Started(GuestProgram program)
    {
        var machine = new MovingMachine(program);
        (machine.X[1], machine.X[9]) = (Memory, Report);
        return machine;
    }

    /// <summary>Another machine with the same state.</summary>
    public MovingMachine Moved() =>
        new(program)
        {
            X = [.. X],
            Words = new(Words),
            Tags = new(Tags),
            System = new(System),
            _pc = _pc,
        };

    /// <summary>Runs until a report, and returns it; null if the guest branches to itself.</summary>
    public uint? Run()
    {
        Dirty.Clear();
        for (int steps = 0; steps < 2_000_000; steps++)
        {
            ulong at = _pc;
            uint word = program.Words[(int)((at - Code) / 4)];
            _pc += 4;
            int d = (int)(word & 31),
                n = (int)(word >> 5) & 31,
                m = (int)(word >> 16) & 31;
            ulong immediate = (word >> 10) & 0xfff;
            int half = (int)(word >> 21 & 3) * 16;
            if (word == 0x1400_0000)
                return null;
            else if ((word & 0xff80_0000) == 0xd280_0000)
                X[d] = (ulong)(word >> 5 & 0xffff) << half;
            else if ((word & 0xff80_0000) == 0xf280_0000)
                X[d] = X[d] & ~(0xfffful << half) | (ulong)(word >> 5 & 0xffff) << half;
            else if ((word & 0xffe0_ffe0) == 0xaa00_03e0)
                X[d] = X[m];
            else if ((word & 0xffc0_0000) == 0x9100_0000)
                X[d] = X[n] + immediate;
            else if ((word & 0xffc0_0000) == 0xd100_0000)
                X[d] = X[n] - immediate;
            else if ((word & 0xffe0_fc00) == 0x8b00_0000)
                X[d] = X[n] + X[m];
            else if ((word & 0xffe0_0000) == 0x8b00_0000)
                X[d] = X[n] + (X[m] << (int)(word >> 10 & 0x3f));
            else if ((word & 0xffff_fc00) == 0xd920_0800)
                Tags[Inside(X[n])] = X[d] >> 56 & 0xf;
            else if ((word & 0xffff_fc00) == 0xd960_0000)
                X[d] = X[d] & ~(0xful << 56) | Tags.GetValueOrDefault(Inside(X[n])) << 56;
            else if ((word & 0xffe0_fc00) == 0xcb00_0000)
                X[d] = X[n] - X[m];
            else if ((word & 0x9f00_0000) == 0x1000_0000)
                X[d] = at + (((word >> 5) & 0x7_ffff) << 2 | (word >> 29) & 3);
            else if ((word & 0xfff0_0000) == 0xd530_0000)
                X[d] = System[word & 0x000f_ffe0];
            else if ((word & 0xfff0_0000) == 0xd510_0000)
                System[word & 0x000f_ffe0] = X[d];
            else if ((word & 0xfe00_0000) == 0xb400_0000)
                _pc = (X[d] == 0) == ((word & 0x0100_0000) == 0) ? at + (ulong)((int)(word << 8) >> 13 << 2) : _pc;
            else if ((word & 0xffff_fc00) == 0xf940_0000)
                X[d] = Words.GetValueOrDefault(Inside(X[n]));
            else if ((word & 0xffff_fc00) == 0xf900_0000)
                (Words[Inside(X[n])], _) = (X[d], Dirty.Add(X[n]));
            else if ((word & 0xffff_fc00) == 0xb900_0000 && X[n] == Report)
                return (uint)X[d];
            else if (word != A64.DataBarrier() && word != A64.InstructionBarrier() && word != A64.InvalidateTlb())
                throw new InvalidOperationException($"{word:x8} at +{at - Code:x}");
        }
        throw new InvalidOperationException("no report and no end");
    }

    private static ulong Inside(ulong address) =>
        address % 8 == 0 && address - Memory < 2 << 20
            ? address
            : throw new InvalidOperationException($"an access to 0x{address:x}");
}
