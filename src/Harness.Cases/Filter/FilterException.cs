namespace Harness.Cases.Filter;

/// <summary>
/// A filter expression is invalid. The message has the expression, the error, its position and what is allowed.
/// </summary>
/// <param name="text">The expression.</param>
/// <param name="what">The error.</param>
/// <param name="position">From 1: the position in the expression.</param>
/// <param name="kind">What the expression is.</param>
public sealed class FilterException(string text, string what, int position, string kind = "filter")
    : Exception($"{kind} '{text}', at {position}: {what}")
{
    public string Text { get; } = text;

    public string What { get; } = what;

    public int Position { get; } = position;
}
