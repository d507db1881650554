using System.Globalization;
using System.Reflection;
using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

/// <summary>Every instruction, against the GNU assembler.</summary>
public sealed class A64Tests
{
    private const int Rounds = 40;

    private static readonly Width[] _widths = [Width.Byte, Width.Half, Width.Word, Width.Double];
    private static readonly Register X0 = Register.X(0),
        X1 = Register.X(1);

    [Test]
    public void Every_instruction_is_what_the_GNU_assembler_makes_of_its_text()
    {
        var all = Instructions(new Random(20250520)).ToList();
        var expected = GnuAssembler.Words(all.Select(i => i.Text));

        Assert.That(expected, Has.Length.EqualTo(all.Count));
        var wrong = all.Zip(expected)
            .Where(p => p.First.Word != p.Second)
            .Select(p => $"{p.First.Method}: {p.First.Text} is {p.Second:x8}, not {p.First.Word:x8}");
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void No_instruction_is_left_out_of_that_comparison()
    {
        var compared = Instructions(new Random(1)).Select(i => i.Method).ToHashSet();
        var all = typeof(A64)
            .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(m => m.Name);

        Assert.That(all.Except(compared), Is.Empty);
    }

    [TestCase(0ul, 1)]
    [TestCase(1ul, 1)]
    [TestCase(0xffff_ffff_ffff_fffful, 4)]
    [TestCase(0x4000_0000ul, 2)]
    [TestCase(0x1234_0000_5678_0000ul, 3)]
    public void A_64_bit_value_is_loaded_by_no_more_than_the_instructions_it_needs(ulong value, int instructions)
    {
        var words = A64.Mov(X0, value).ToArray();

        ulong loaded = 0;
        foreach (uint word in words)
        {
            int shift = (int)((word >> 21) & 3) * 16;
            ulong part = (ulong)((word >> 5) & 0xffff) << shift;
            loaded = (word & 0xff80_0000) == 0xd280_0000 ? part : loaded & ~(0xfffful << shift) | part;
        }
        Assert.That(loaded, Is.EqualTo(value));
        Assert.That(words, Has.Length.EqualTo(instructions));
    }

    [TestCaseSource(nameof(Refused))]
    public void An_operand_out_of_range_is_refused(string text, Func<uint> instruction) =>
        Assert.That(() => instruction(), Throws.InstanceOf<ArgumentOutOfRangeException>(), text);

    [TestCase(-1)]
    [TestCase(31)]
    public void A_register_beyond_X30_is_refused(int number) =>
        Assert.That(() => Register.X(number), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static IEnumerable<TestCaseData> Refused()
    {
        (string, Func<uint>)[] refused =
        [
            ("movz above 16 bits", () => A64.Movz(X0, 0x1_0000)),
            ("movz below 0", () => A64.Movz(X0, -1)),
            ("movk shift", () => A64.Movk(X0, 1, 8)),
            ("movk shift of 64", () => A64.Movk(X0, 1, 64)),
            ("add above 12 bits", () => A64.Add(X0, X0, 4096)),
            ("sub below 0", () => A64.Sub(X0, X0, -1)),
            ("cmp above 12 bits", () => A64.Compare(X0, 4096)),
            ("adr too far", () => A64.Adr(X0, 1 << 20)),
            ("adr too far back", () => A64.Adr(X0, -(1 << 20) - 1)),
            ("ldr misaligned", () => A64.Load(Width.Word, X0, X1, 2)),
            ("ldr below 0", () => A64.Load(Width.Double, X0, X1, -8)),
            ("a word with a sign", () => A64.LoadSigned(Width.Word, X0, X1)),
            ("64 bits with a sign", () => A64.LoadSignedWide(Width.Double, X0, X1)),
            ("str too far", () => A64.Store(Width.Half, X0, X1, 8192)),
            ("str of no width", () => A64.Store((Width)4, X0, X1)),
            ("ldur too far", () => A64.LoadUnscaled(Width.Byte, X0, X1, 256)),
            ("stur too far back", () => A64.StoreUnscaled(Width.Byte, X0, X1, -257)),
            ("pre-indexed too far", () => A64.StorePreIndexed(Width.Byte, X0, X1, 256)),
            ("post-indexed too far", () => A64.LoadPostIndexed(Width.Byte, X0, X1, 256)),
            ("post-indexed of its own base", () => A64.StorePostIndexed(Width.Double, X1, X1, 8)),
            ("a vector misaligned", () => A64.LoadVector(0, X1, 8)),
            ("a vector that is none", () => A64.StoreVector(32, X1)),
            ("pre-indexed of its own base", () => A64.StorePreIndexed(Width.Double, X1, X1, 8)),
            ("ldp misaligned", () => A64.LoadPair(X0, X1, X1, 4)),
            ("ldp into one register", () => A64.LoadPair(X0, X0, X1)),
            ("stp too far", () => A64.StorePair(X0, X1, X1, 512)),
            ("stxr with status in its value", () => A64.StoreExclusive(Width.Word, X0, X0, X1)),
            ("stxr with status in its base", () => A64.StoreExclusive(Width.Word, X1, X0, X1)),
            ("b too far", () => A64.Branch(1 << 25)),
            ("bl too far back", () => A64.Call(-(1 << 25) - 1)),
            ("b.cond too far", () => A64.BranchIf(Condition.Equal, 1 << 18)),
            ("b.nv", () => A64.BranchIf((Condition)15, 0)),
            ("cbz too far", () => A64.BranchIfZero(X0, 1 << 18)),
            ("cbnz too far back", () => A64.BranchIfNotZero(X0, -(1 << 18) - 1)),
            ("hvc above 16 bits", () => A64.HypervisorCall(0x1_0000)),
            ("udf below 0", () => A64.Undefined(-1)),
            ("a barrier of no domain", () => A64.DataBarrier(0)),
            ("mov of the stack pointer", () => A64.Mov(X0, Register.StackPointer)),
            ("add to the zero register", () => A64.Add(Register.Zero, X0, 1)),
            ("a load from the zero register", () => A64.Load32(X0, Register.Zero)),
            ("a load into the stack pointer", () => A64.Load32(Register.StackPointer, X0)),
            ("br to the stack pointer", () => A64.BranchTo(Register.StackPointer)),
        ];
        return refused.Select(r => new TestCaseData(r.Item1, r.Item2).SetArgDisplayNames(r.Item1));
    }

    /// <summary>The limits of every range first, then random operands.</summary>
    private static IEnumerable<(string Method, string Text, uint Word)> Instructions(Random random)
    {
        yield return (nameof(A64.Return), "ret", A64.Return());
        yield return (nameof(A64.ExceptionReturn), "eret", A64.ExceptionReturn());
        yield return (nameof(A64.InstructionBarrier), "isb", A64.InstructionBarrier());
        yield return (nameof(A64.WaitForInterrupt), "wfi", A64.WaitForInterrupt());
        yield return (nameof(A64.ClearExclusive), "clrex", A64.ClearExclusive());
        yield return (nameof(A64.Nop), "nop", A64.Nop());
        yield return (nameof(A64.InvalidateAllInstructions), "ic iallu", A64.InvalidateAllInstructions());
        yield return (nameof(A64.InvalidateTlb), "tlbi vmalle1", A64.InvalidateTlb());
        yield return (nameof(A64.InvalidateTlbEverywhere), "tlbi vmalle1is", A64.InvalidateTlbEverywhere());
        yield return (nameof(A64.InvalidateGuest), "tlbi vmalls12e1is", A64.InvalidateGuest());
        yield return (
            nameof(A64.InvalidateGuestAddress),
            "tlbi ipas2e1is, x7",
            A64.InvalidateGuestAddress(Register.X(7))
        );
        foreach (
            var (domain, text) in ((BarrierDomain, string)[])
                [
                    (BarrierDomain.FullSystem, "sy"),
                    (BarrierDomain.InnerShareable, "ish"),
                    (BarrierDomain.NonShareable, "nsh"),
                ]
        )
        {
            yield return (nameof(A64.DataBarrier), $"dsb {text}", A64.DataBarrier(domain));
            yield return (nameof(A64.MemoryBarrier), $"dmb {text}", A64.MemoryBarrier(domain));
        }
        foreach (var r in SystemRegister.All)
        {
            var t = Any();
            yield return (nameof(A64.ReadSystem), $"mrs {t}, {r.Name}", A64.ReadSystem(t, r));
            if (r.Name is not ("currentel" or "ctr_el0" or "dczid_el0"))
                yield return (nameof(A64.WriteSystem), $"msr {r.Name}, {t}", A64.WriteSystem(r, t));
        }
        foreach (
            var (condition, text) in Enum.GetValues<Condition>()
                .Zip("eq ne cs cc mi pl vs vc hi ls ge lt gt le".Split(' '))
        )
        foreach (int words in Numbers(-(1 << 18), (1 << 18) - 1, 2))
            yield return (nameof(A64.BranchIf), $"b.{text} {To(words)}", A64.BranchIf(condition, words));

        foreach (int value in Numbers(0, 0xffff, Rounds))
        {
            int shift = random.Next(4) * 16;
            var d = Any();
            yield return (nameof(A64.Movz), $"movz {d}, #{value}, lsl #{shift}", A64.Movz(d, value, shift));
            yield return (nameof(A64.Movk), $"movk {d}, #{value}, lsl #{shift}", A64.Movk(d, value, shift));
            yield return (nameof(A64.SupervisorCall), $"svc #{value}", A64.SupervisorCall(value));
            yield return (nameof(A64.HypervisorCall), $"hvc #{value}", A64.HypervisorCall(value));
            yield return (nameof(A64.SecureMonitorCall), $"smc #{value}", A64.SecureMonitorCall(value));
            yield return (nameof(A64.Breakpoint), $"brk #{value}", A64.Breakpoint(value));
            yield return (nameof(A64.Undefined), $"udf #{value}", A64.Undefined(value));
        }
        foreach (int value in Numbers(0, 4095, Rounds))
        {
            var (d, n) = (AnyBase(), AnyBase());
            yield return (nameof(A64.Add), $"add {d}, {n}, #{value}", A64.Add(d, n, value));
            yield return (nameof(A64.Sub), $"sub {d}, {n}, #{value}", A64.Sub(d, n, value));
            yield return (nameof(A64.Compare), $"cmp {n}, #{value}", A64.Compare(n, value));
            foreach (var width in _widths)
            {
                var t = Any();
                int offset = value << (int)width;
                yield return (
                    nameof(A64.Load),
                    $"ldr{Typed(width, t)}, [{n}, #{offset}]",
                    A64.Load(width, t, n, offset)
                );
                if (width < Width.Word)
                    yield return (
                        nameof(A64.LoadSigned),
                        $"ldrs{Typed(width, t)}, [{n}, #{offset}]",
                        A64.LoadSigned(width, t, n, offset)
                    );
                if (width < Width.Double)
                    yield return (
                        nameof(A64.LoadSignedWide),
                        $"ldrs{(width == Width.Word ? "w" : width == Width.Half ? "h" : "b")} {t}, [{n}, #{offset}]",
                        A64.LoadSignedWide(width, t, n, offset)
                    );
                yield return (
                    nameof(A64.Store),
                    $"str{Typed(width, t)}, [{n}, #{offset}]",
                    A64.Store(width, t, n, offset)
                );
            }
        }
        foreach (int offset in Numbers(-256, 255, Rounds))
        foreach (var width in _widths)
        {
            var (t, n) = (Any(), AnyBase());
            yield return (
                nameof(A64.LoadUnscaled),
                $"ldur{Typed(width, t)}, [{n}, #{offset}]",
                A64.LoadUnscaled(width, t, n, offset)
            );
            yield return (
                nameof(A64.StoreUnscaled),
                $"stur{Typed(width, t)}, [{n}, #{offset}]",
                A64.StoreUnscaled(width, t, n, offset)
            );
            if (t == n)
                continue;
            yield return (
                nameof(A64.LoadPostIndexed),
                $"ldr{Typed(width, t)}, [{n}], #{offset}",
                A64.LoadPostIndexed(width, t, n, offset)
            );
            yield return (
                nameof(A64.StorePostIndexed),
                $"str{Typed(width, t)}, [{n}], #{offset}",
                A64.StorePostIndexed(width, t, n, offset)
            );
            yield return (
                nameof(A64.LoadPreIndexed),
                $"ldr{Typed(width, t)}, [{n}, #{offset}]!",
                A64.LoadPreIndexed(width, t, n, offset)
            );
            yield return (
                nameof(A64.StorePreIndexed),
                $"str{Typed(width, t)}, [{n}, #{offset}]!",
                A64.StorePreIndexed(width, t, n, offset)
            );
        }
        foreach (int sixteens in Numbers(0, 4095, Rounds))
        {
            var (t, n) = (random.Next(32), AnyBase());
            yield return (
                nameof(A64.LoadVector),
                $"ldr q{t}, [{n}, #{sixteens * 16}]",
                A64.LoadVector(t, n, sixteens * 16)
            );
            yield return (
                nameof(A64.StoreVector),
                $"str q{t}, [{n}, #{sixteens * 16}]",
                A64.StoreVector(t, n, sixteens * 16)
            );
        }
        foreach (int units in Numbers(-64, 63, Rounds))
        {
            var (t, u, n) = (Any(), Any(), AnyBase());
            if (t != u)
                yield return (
                    nameof(A64.LoadPair),
                    $"ldp {t}, {u}, [{n}, #{units * 8}]",
                    A64.LoadPair(t, u, n, units * 8)
                );
            yield return (
                nameof(A64.StorePair),
                $"stp {t}, {u}, [{n}, #{units * 8}]",
                A64.StorePair(t, u, n, units * 8)
            );
        }
        foreach (int bytes in Numbers(-(1 << 20), (1 << 20) - 1, Rounds))
        {
            var d = Any();
            yield return (nameof(A64.Adr), $"adr {d}, .{Signed(bytes)}", A64.Adr(d, bytes));
        }
        foreach (int words in Numbers(-(1 << 18), (1 << 18) - 1, Rounds))
        {
            var t = Any();
            yield return (nameof(A64.BranchIfZero), $"cbz {t}, {To(words)}", A64.BranchIfZero(t, words));
            yield return (nameof(A64.BranchIfNotZero), $"cbnz {t}, {To(words)}", A64.BranchIfNotZero(t, words));
        }
        foreach (int words in Numbers(-(1 << 25), (1 << 25) - 1, Rounds))
        {
            yield return (nameof(A64.Branch), $"b {To(words)}", A64.Branch(words));
            yield return (nameof(A64.Call), $"bl {To(words)}", A64.Call(words));
        }
        for (int i = 0; i < Rounds; i++)
        {
            var (d, n, m) = (Any(), Any(), Any());
            var address = AnyBase();
            yield return (nameof(A64.Mov), $"mov {d}, {m}", A64.Mov(d, m));
            yield return (nameof(A64.Add), $"add {d}, {n}, {m}", A64.Add(d, n, m));
            yield return (
                nameof(A64.AddShifted),
                $"add {d}, {n}, {m}, lsl #{i + 24 & 63}",
                A64.AddShifted(d, n, m, i + 24 & 63)
            );
            yield return (nameof(A64.Sub), $"sub {d}, {n}, {m}", A64.Sub(d, n, m));
            yield return (nameof(A64.Compare), $"cmp {n}, {m}", A64.Compare(n, m));
            yield return (nameof(A64.BranchTo), $"br {n}", A64.BranchTo(n));
            yield return (nameof(A64.CallTo), $"blr {n}", A64.CallTo(n));
            yield return (nameof(A64.ZeroBlock), $"dc zva, {d}", A64.ZeroBlock(d));
            yield return (nameof(A64.Clean), $"dc cvac, {d}", A64.Clean(d));
            yield return (nameof(A64.Prefetch), $"prfm pldl1keep, [{address}]", A64.Prefetch(address, store: false));
            yield return (nameof(A64.Prefetch), $"prfm pstl1keep, [{address}]", A64.Prefetch(address, store: true));
            yield return (nameof(A64.Invalidate), $"dc ivac, {d}", A64.Invalidate(d));
            yield return (nameof(A64.CleanAndInvalidate), $"dc civac, {d}", A64.CleanAndInvalidate(d));
            yield return (nameof(A64.InvalidateInstructions), $"ic ivau, {d}", A64.InvalidateInstructions(d));
            yield return (nameof(A64.TranslateForRead), $"at s1e1r, {d}", A64.TranslateForRead(d));
            yield return (nameof(A64.StoreTag), $"stg {address}, [{address}]", A64.StoreTag(address, address));
            yield return (nameof(A64.LoadTag), $"ldg {d}, [{address}]", A64.LoadTag(d, address));
            yield return (nameof(A64.Load32), $"ldr {As(Width.Word, d)}, [{address}]", A64.Load32(d, address));
            yield return (nameof(A64.Store32), $"str {As(Width.Word, d)}, [{address}]", A64.Store32(d, address));
            foreach (var width in _widths)
            {
                yield return (
                    nameof(A64.LoadExclusive),
                    $"ldxr{Typed(width, d)}, [{address}]",
                    A64.LoadExclusive(width, d, address)
                );
                if (n != d && n != address)
                    yield return (
                        nameof(A64.StoreExclusive),
                        $"stxr{Suffix(width)} {As(Width.Word, n)}, {As(width, d)}, [{address}]",
                        A64.StoreExclusive(width, n, d, address)
                    );
                yield return (
                    nameof(A64.AtomicAdd),
                    $"ldadd{Suffix(width)} {As(width, n)}, {As(width, d)}, [{address}]",
                    A64.AtomicAdd(width, n, d, address)
                );
                yield return (
                    nameof(A64.CompareAndSwap),
                    $"cas{Suffix(width)} {As(width, n)}, {As(width, d)}, [{address}]",
                    A64.CompareAndSwap(width, n, d, address)
                );
            }
        }

        Register Any() => random.Next(32) is < 31 and var x ? Register.X(x) : Register.Zero;

        Register AnyBase() => random.Next(32) is < 31 and var x ? Register.X(x) : Register.StackPointer;

        IEnumerable<int> Numbers(int least, int most, int randomOnes) =>
            ((int[])[least, most, Math.Max(least, 0), Math.Max(least, -1), 1]).Concat(
                Enumerable.Range(0, randomOnes).Select(_ => random.Next(least, most + 1))
            );
    }

    private static string To(int words) => "." + Signed((long)words * 4);

    private static string Signed(long bytes) => bytes.ToString("+0;-0", CultureInfo.InvariantCulture);

    private static string Suffix(Width width) =>
        width switch
        {
            Width.Byte => "b",
            Width.Half => "h",
            _ => "",
        };

    private static string Typed(Width width, Register r) => $"{Suffix(width)} {As(width, r)}";

    private static string As(Width width, Register r) => width == Width.Double ? r.ToString() : "w" + r.ToString()[1..];
}
