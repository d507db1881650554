namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>
    /// BR X20: the instruction that the host stores into a page; a guest that fetches it reports that.
    /// </summary>
    public const uint HostWord = 0xd61f_0280;

    /// <summary>BR X21: the instruction that the guest stores there.</summary>
    public const uint GuestWord = 0xd61f_02a0;

    // Function ids: Documentation/virt/kvm/arm/hypercalls.rst.
    private const uint MemoryInfoCall = 0xc600_0002;
    private const uint ShareCall = 0xc600_0003;
    private const uint UnshareCall = 0xc600_0004;

    private static readonly Register OpResult = Register.X(17);
    private static readonly Register HostLanding = Register.X(20);
    private static readonly Register GuestLanding = Register.X(21);
    private static readonly Register Page = Register.X(22);
    private static readonly Register Stored = Register.X(23);
    private static readonly Register Beside = Register.X(24);

    /// <summary>
    /// A guest that does the operations in order, and reports each by one 64-bit store to X9: in the low half <see
    /// cref="Finished"/> + n, or <see cref="Excepted"/> + n if it took an exception; in the high half the result
    /// described at <see cref="GuestCommand"/>, or ESR_EL1. Nothing is left in registers, which the host may not be
    /// allowed to read. X1, X2 and X9 must be set before the first run, as for the other programs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No operation, an undefined one, or more than a report can number, 255.
    /// </exception>
    public static GuestProgram ForOperations(IReadOnlyList<GuestCommand> operations)
    {
        ArgumentOutOfRangeException.ThrowIfZero(operations.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(operations.Count, 0xff);
        var words = WithVectors();
        words.AddRange([
            A64.ReadSystem(OpResult, SystemRegister.EsrEl1),
            A64.Add(Status, Index, (int)Excepted),
            A64.AddShifted(Status, Status, OpResult, 32),
            A64.Store(Width.Double, Status, Report),
            A64.BranchTo(Next),
        ]);
        int entry = words.Count;
        words.AddRange([A64.Mov(Page, Target), A64.Mov(Stored, Value)]); // calls take X1 and X2
        for (int i = 0; i < operations.Count; i++)
        {
            uint[] body =
            [
                .. Operation(operations[i]),
                A64.DataBarrier(),
                A64.Add(Status, Index, (int)Finished),
                A64.AddShifted(Status, Status, OpResult, 32),
                A64.Store(Width.Double, Status, Report),
            ];
            words.Add(A64.Movz(Index, i));
            words.Add(A64.Adr(Next, (1 + body.Length) * 4));
            words.AddRange(body);
        }
        words.Add(A64.Branch(0));
        return new GuestProgram(words, (ulong)entry * 4, 0);
    }

    /// <summary>Instructions that leave the operation's result in <see cref="OpResult"/>.</summary>
    private static uint[] Operation(GuestCommand operation) =>
        operation switch
        {
            GuestCommand.Load => [A64.Load32(OpResult, Page)],
            GuestCommand.Store => [A64.Store32(Stored, Page), A64.Mov(OpResult, Stored)],
            GuestCommand.LoadPair => [A64.LoadPair(OpResult, Beside, Page)],
            GuestCommand.Fetch => Fetch(),
            GuestCommand.Share => Call(ShareCall),
            GuestCommand.Unshare => Call(UnshareCall),
            GuestCommand.MemoryInfo => Call(MemoryInfoCall),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "no such act"),
        };

    /// <summary>
    /// An instruction cache may hold the page's previous content; invalidating by address would be an access.
    /// </summary>
    private static uint[] Fetch()
    {
        uint[] host = [.. A64.Mov(OpResult, HostWord)],
            guest = [.. A64.Mov(OpResult, GuestWord)];
        return
        [
            A64.Adr(HostLanding, 6 * 4),
            A64.Adr(GuestLanding, (6 + host.Length) * 4),
            A64.InvalidateAllInstructions(),
            A64.DataBarrier(),
            A64.InstructionBarrier(),
            A64.BranchTo(Page),
            .. host,
            A64.Branch(1 + guest.Length),
            .. guest,
        ];
    }

    private static uint[] Call(uint function) =>
        [
            .. A64.Mov(Register.X(0), function),
            function == MemoryInfoCall ? A64.Movz(Target, 0) : A64.Mov(Target, Page),
            A64.Movz(Register.X(2), 0),
            A64.Movz(Register.X(3), 0),
            A64.HypervisorCall(0),
            A64.Mov(OpResult, Register.X(0)),
        ];
}
