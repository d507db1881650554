namespace Harness.Analysis.Differences;

/// <summary>A set of points: those with an allowed value in every dimension.</summary>
/// <param name="Bits">The allowed values of all dimensions.</param>
public readonly record struct Cube(ulong Bits)
{
    public static Cube Everything { get; } = new(Inputs.Everything);

    public bool Contains(ulong point) => (point & ~Bits) == 0;

    /// <summary>Whether the dimension doesn't matter.</summary>
    public bool Free(Dimension dimension) => (Bits & dimension.Mask) == dimension.Mask;

    /// <summary>The words of the allowed values.</summary>
    public IReadOnlyList<string> Values(Dimension dimension) => dimension.Words(Bits);

    /// <summary>The same, but free in these dimensions.</summary>
    public Cube Without(IEnumerable<Dimension> dimensions) =>
        new(dimensions.Aggregate(Bits, (bits, d) => bits | d.Mask));

    /// <summary>The dimensions that matter.</summary>
    public IReadOnlyList<Dimension> Restricted
    {
        get
        {
            var cube = this;
            return [.. Inputs.All.Where(d => !cube.Free(d))];
        }
    }
}
