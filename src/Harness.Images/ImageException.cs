namespace Harness.Images;

/// <summary>An image can't be built: what, where, and what to do, in one line.</summary>
/// <param name="message">The line.</param>
/// <param name="details">The output of the program that failed, or null.</param>
public class ImageException(string message, string? details = null, Exception? inner = null) : Exception(message, inner)
{
    public string? Details { get; } = details;
}

/// <summary>The recipe has no such track.</summary>
public sealed class UnknownTrackException(string message) : ImageException(message);
