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

/// <summary>The user's path is not a kernel, or the kernel was not built.</summary>
/// <param name="message">What, where, and what to do, in one line.</param>
/// <param name="notBuilt">It is a kernel tree with a failed or missing build.</param>
public sealed class LocalKernelException(string message, bool notBuilt = false) : ImageException(message)
{
    public bool NotBuilt { get; } = notBuilt;
}

/// <summary>
/// The Debian archive no longer has the packages of this track, or of this point release: neither the harness nor a
/// kernel is at fault, and other tracks can still be built.
/// </summary>
/// <param name="key">The track, or the point release's key.</param>
/// <param name="message">What is missing, where, and what to do, in one line.</param>
public sealed class TrackGoneException(string key, string message) : ImageException(message)
{
    public string Key { get; } = key;
}
