namespace Harness.Runs.Dispatch;

/// <summary>A probe that has sent its hello: sends and receives lines.</summary>
public interface IProbeLink : IAsyncDisposable
{
    /// <summary>SHA-256 of the probe that responded.</summary>
    string ProbeHash { get; }

    /// <summary>Sends one line, given without its LF.</summary>
    /// <exception cref="LinkLostException">The probe or the connection is lost.</exception>
    Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel);

    /// <summary>The next line, without its LF.</summary>
    /// <exception cref="LinkLostException">The probe or the connection is lost.</exception>
    Task<byte[]> ReceiveAsync(CancellationToken cancel);
}

/// <summary>The probe, the connection or the host was lost. Not attributed to the kernel.</summary>
public sealed class LinkLostException(string message, Exception? inner = null) : Exception(message, inner);
