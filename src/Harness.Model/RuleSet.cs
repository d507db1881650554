using System.Numerics;

namespace Harness.Model;

/// <summary>
/// Rules of one policy, by their number in <see cref="Policy.AllRules"/>: what fired, or what is looked for.
/// </summary>
public readonly record struct RuleSet
{
    /// <summary>A policy has no more rules than this.</summary>
    public const int Most = 128;

    private readonly ulong _low;
    private readonly ulong _high;

    private RuleSet(ulong low, ulong high) => (_low, _high) = (low, high);

    /// <summary>Every rule, whatever the policy.</summary>
    public static RuleSet All { get; } = new(ulong.MaxValue, ulong.MaxValue);

    public bool IsEmpty => (_low | _high) == 0;

    /// <summary>The lowest number; <see cref="Most"/> of an empty set.</summary>
    public int First => _low != 0 ? BitOperations.TrailingZeroCount(_low) : 64 + BitOperations.TrailingZeroCount(_high);

    /// <summary>The highest number; 0 of an empty set.</summary>
    public int Last => _high != 0 ? 64 + BitOperations.Log2(_high) : BitOperations.Log2(_low);

    /// <summary>The set of one rule.</summary>
    public static RuleSet Of(int number) => number < 64 ? new(1ul << number, 0) : new(0, 1ul << (number - 64));

    /// <summary>The rules with a number below <paramref name="count"/>.</summary>
    public static RuleSet Below(int count) =>
        count == 0 ? default
        : count <= 64 ? new(ulong.MaxValue >> (64 - count), 0)
        : new(ulong.MaxValue, ulong.MaxValue >> (Most - count));

    public bool Contains(int number) => !(this & Of(number)).IsEmpty;

    public bool Overlaps(RuleSet other) => !(this & other).IsEmpty;

    public RuleSet Except(RuleSet other) => new(_low & ~other._low, _high & ~other._high);

    /// <summary>In hexadecimal, so that sets with different rules have different texts.</summary>
    public override string ToString() => $"{_high:x}:{_low:x}";

    public static RuleSet operator |(RuleSet a, RuleSet b) => new(a._low | b._low, a._high | b._high);

    public static RuleSet operator &(RuleSet a, RuleSet b) => new(a._low & b._low, a._high & b._high);
}
