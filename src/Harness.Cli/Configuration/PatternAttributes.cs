namespace Harness.Cli.Configuration;

/// <summary>What every key of a dictionary must look like.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeyPatternAttribute(string pattern) : Attribute
{
    public string Pattern { get; } = pattern;
}

/// <summary>What every string of a list must look like.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemPatternAttribute(string pattern) : Attribute
{
    public string Pattern { get; } = pattern;
}
