namespace Harness.Cases.Filter;

/// <summary>A filter expression is invalid. The message has the error, its position and what is allowed.</summary>
/// <param name="Position">From 1: the position in the expression.</param>
public sealed class FilterException(string message, int position) : Exception($"filter, at {position}: {message}")
{
    public int Position { get; } = position;
}
