namespace Harness.Cases.Filter;

/// <summary>The term NAME=VALUE of a filter. Values are compared without regard to the case of letters.</summary>
public sealed record FilterTerm(string Name, string Value);
