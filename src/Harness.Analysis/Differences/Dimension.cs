namespace Harness.Analysis.Differences;

/// <summary>One input of the decision, with all its values; a value is one bit of a word.</summary>
/// <param name="Name">The name in filters and reports.</param>
/// <param name="Values">Their words, in order.</param>
/// <param name="Offset">The bit of the first value.</param>
public sealed record Dimension(string Name, IReadOnlyList<string> Values, int Offset)
{
    /// <summary>The values in a sentence.</summary>
    public IReadOnlyList<string> Phrases { get; init; } = Values;

    /// <summary>The bits of all its values.</summary>
    public ulong Mask => ((1ul << Values.Count) - 1) << Offset;

    /// <summary>The bit of the value with this index.</summary>
    public ulong Bit(int value) => 1ul << (Offset + value);

    /// <summary>The words of the values with set bits.</summary>
    public IReadOnlyList<string> Words(ulong bits) => [.. Values.Where((_, i) => (bits & Bit(i)) != 0)];

    public override string ToString() => Name;
}
