namespace Harness.Runs.Dispatch;

/// <summary>A probe that has said hello: lines to it, lines from it.</summary>
public interface IProbeLink : IAsyncDisposable
{
    /// <summary>SHA-256 of the probe that answers.</summary>
    string ProbeHash { get; }

    /// <summary>Sends one line, given without its LF.</summary>
    /// <exception cref="LinkLostException">The probe or the way to it is gone.</exception>
    Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel);

    /// <summary>The next line, without its LF.</summary>
    /// <exception cref="LinkLostException">The probe or the way to it is gone.</exception>
    Task<byte[]> ReceiveAsync(CancellationToken cancel);
}

/// <summary>The probe, the connection or the host went away. Never the kernel's fault, as far as is known.</summary>
public sealed class LinkLostException(string message, Exception? inner = null) : Exception(message, inner);
