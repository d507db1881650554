namespace Harness.Cases.Guest;

/// <summary>
/// A general-purpose register: X0 to X30, the zero register or the stack pointer. The last two share the number 31; the
/// instruction determines which of them an operand can be, and the assembler refuses the other.
/// </summary>
public readonly record struct Register
{
    private Register(int number, bool isStackPointer)
    {
        Number = number;
        IsStackPointer = isStackPointer;
    }

    public static Register Zero { get; } = new(31, false);

    public static Register StackPointer { get; } = new(31, true);

    /// <summary>As instructions encode it.</summary>
    public int Number { get; }

    public bool IsStackPointer { get; }

    /// <exception cref="ArgumentOutOfRangeException">Not 0 to 30.</exception>
    public static Register X(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 30);
        return new Register(number, false);
    }

    public override string ToString() =>
        Number == 31
            ? IsStackPointer
                ? "sp"
                : "xzr"
            : $"x{Number}";
}
