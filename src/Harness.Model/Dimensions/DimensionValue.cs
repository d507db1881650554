namespace Harness.Model.Dimensions;

/// <summary>A value of a dimension.</summary>
/// <param name="Word">As keys, filters and stored attributes have it. Changing one changes case ids.</param>
/// <param name="Phrase">In a sentence.</param>
public sealed record DimensionValue(string Word, string Phrase);
