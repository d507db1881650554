namespace Harness.Model.Dimensions;

/// <summary>A value of a dimension.</summary>
/// <param name="Word">The word in keys, filters and stored attributes. Changing one changes case ids.</param>
/// <param name="Phrase">The phrase in a sentence.</param>
public sealed record DimensionValue(string Word, string Phrase);
