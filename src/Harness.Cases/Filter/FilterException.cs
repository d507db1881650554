namespace Harness.Cases.Filter;

/// <summary>A filter expression can't be read. The message says what, where and what is allowed.</summary>
/// <param name="Position">From 1: where in the expression.</param>
public sealed class FilterException(string message, int position) : Exception($"filter, at {position}: {message}")
{
    public int Position { get; } = position;
}
