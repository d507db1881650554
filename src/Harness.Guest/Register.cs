namespace Harness.Guest;

/// <summary>A general-purpose register: X0 to X30, or 31, which an instruction reads as XZR or SP.</summary>
public readonly record struct Register
{
    private Register(int number) => Number = number;

    public int Number { get; }

    public static Register Zero { get; } = new(31);

    /// <exception cref="ArgumentOutOfRangeException">Not 0 to 30.</exception>
    public static Register X(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 30);
        return new Register(number);
    }

    public override string ToString() => Number == 31 ? "xzr" : $"x{Number}";
}
