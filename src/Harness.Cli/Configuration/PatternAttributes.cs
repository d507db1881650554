namespace Harness.Cli.Configuration;

/// <summary>The pattern for every key of a dictionary.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeyPatternAttribute(string pattern) : Attribute
{
    public string Pattern { get; } = pattern;
}

/// <summary>The pattern for every string of a list.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemPatternAttribute(string pattern) : Attribute
{
    public string Pattern { get; } = pattern;
}
