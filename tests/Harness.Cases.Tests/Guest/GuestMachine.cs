using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

/// <summary>
/// An emulator of the A64 subset that the test guest uses, decoding its words. The test defines the behaviour of the
/// page under test; a store to the report address stops the machine, as it would exit KVM_RUN.
/// </summary>
internal sealed class GuestMachine(GuestProgram program, ulong codeAddress)
{
    public const ulong Page = 0x4000_0000,
        Report = 0x0900_0000;
    private const ulong SynchronousAtCurrentLevel = 0x200;
    private readonly Dictionary<SystemRegister, ulong> _system = [];
    private ulong _pc = codeAddress + program.EntryOffset;

    public ulong[] X { get; } = new ulong[32];

    /// <summary>The exception of an access to the page: null for none, else the syndrome.</summary>
    public Func<string, ulong?> OnPage { get; set; } = _ => null;

    /// <summary>The accesses to the page, in order.</summary>
    public List<string> Accesses { get; } = [];

    /// <summary>A load-exclusive set the monitor, and nothing has cleared it.</summary>
    public bool Monitor { get; private set; }

    /// <summary>Runs until a report, and returns it; null if the guest branches to itself.</summary>
    public uint? Run()
    {
        for (int steps = 0; steps < 10_000; steps++)
        {
            ulong at = _pc;
            if (at == Page)
            {
                Accesses.Add("fetch");
                Raise(OnPage("fetch") ?? 0x0200_0000, at);
                continue;
            }
            uint word = program.Words[(int)((at - codeAddress) / 4)];
            _pc += 4;
            int d = (int)(word & 31),
                n = (int)(word >> 5) & 31;
            if (word == 0x1400_0000)
                return null;
            else if ((word & 0xffe0_0000) == 0xd280_0000)
                X[d] = (word >> 5) & 0xffff;
            else if ((word & 0xffc0_0000) == 0x9100_0000)
                X[d] = X[n] + ((word >> 10) & 0xfff);
            else if ((word & 0x9f00_0000) == 0x1000_0000)
                X[d] = at + (((word >> 5) & 0x7_ffff) << 2 | (word >> 29) & 3);
            else if ((word & 0xfff0_0000) == 0xd530_0000)
                X[d] = _system[SystemRegister.All.Single(r => A64.ReadSystem(Register.X(0), r) == (word & ~31u))];
            else if ((word & 0xffff_fc1f) == 0xd61f_0000)
                _pc = X[n];
            else if ((word & 0xff00_0000) == 0xb500_0000)
                _pc = X[d] == 0 ? _pc : at + (ulong)((long)((int)(word << 8) >> 13) * 4);
            else if ((word & 0xfc00_0000) == 0x1400_0000)
                _pc = at + ((word & 0x03ff_ffff) << 2); // forwards only
            else if ((word & 0xffff_fc00) == 0xb900_0000 && X[n] == Report)
                return (uint)X[d];
            else if ((word & 0xffff_fc00) is 0xb900_0000 or 0xb940_0000 && X[n] == Page)
                Access(word, d, at);
            else if ((word & 0xffff_fc00) == 0x885f_7c00 && X[n] == Page)
                LoadExclusive(d, at);
            else if (word == A64.ClearExclusive())
                Monitor = false;
            else if (word != A64.DataBarrier())
                throw new InvalidOperationException($"{word:x8} at +{at - codeAddress:x}, x{n} = {X[n]:x}");
        }
        throw new InvalidOperationException("no report and no end");
    }

    private void Access(uint word, int register, ulong at)
    {
        bool load = (word & 0x0040_0000) != 0;
        string access = load ? $"load w{register}" : $"store {X[register]:x}";
        Accesses.Add(access);
        if (OnPage(access) is { } syndrome)
            Raise(syndrome, at);
    }

    private void LoadExclusive(int register, ulong at)
    {
        string access = $"load-exclusive w{register}";
        Accesses.Add(access);
        Monitor = true;
        if (OnPage(access) is { } syndrome)
            Raise(syndrome, at);
    }

    private void Raise(ulong syndrome, ulong at)
    {
        _system[SystemRegister.EsrEl1] = syndrome;
        _system[SystemRegister.FarEl1] = Page;
        _system[SystemRegister.ElrEl1] = at;
        _pc = codeAddress + program.VectorOffset + SynchronousAtCurrentLevel;
    }
}
