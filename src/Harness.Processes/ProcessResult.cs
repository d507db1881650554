using System.Text;

namespace Harness.Processes;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">As in a shell: 128 + n for an end by signal n.</param>
public sealed record ProcessExit(int ExitCode)
{
    /// <summary>
    /// The signal of an exit code above 128. A shell that reports its own child's end this way looks the same.
    /// </summary>
    public int? Signal => ExitCode is > 128 and <= 128 + 64 ? ExitCode - 128 : null;

    /// <summary>"exit status 3" or "signal 9".</summary>
    public override string ToString() => Signal is { } signal ? $"signal {signal}" : $"exit status {ExitCode}";
}

/// <summary>The result of a finished process.</summary>
/// <param name="Spec">What was run.</param>
/// <param name="Exit">How it ended.</param>
/// <param name="Output">The first <see cref="ProcessSpec.CaptureLimit"/> bytes of stdout.</param>
/// <param name="Errors">The last <see cref="ProcessSpec.CaptureLimit"/> bytes of stderr.</param>
/// <param name="OutputTruncated">
/// Bytes of stdout are missing: over the limit, or a descendant still held the stream.
/// </param>
/// <param name="ErrorsTruncated">The same for stderr.</param>
/// <param name="InputRefused">The process ended, or closed its stdin, before it had read everything.</param>
/// <param name="Duration">From start to exit.</param>
public sealed record ProcessResult(
    ProcessSpec Spec,
    ProcessExit Exit,
    ReadOnlyMemory<byte> Output,
    ReadOnlyMemory<byte> Errors,
    bool OutputTruncated,
    bool ErrorsTruncated,
    bool InputRefused,
    TimeSpan Duration
)
{
    public int ExitCode => Exit.ExitCode;

    /// <summary>stdout as UTF-8; invalid bytes become U+FFFD.</summary>
    public string OutputText => Encoding.UTF8.GetString(Output.Span);

    /// <summary>stderr as UTF-8; invalid bytes become U+FFFD.</summary>
    public string ErrorText => Encoding.UTF8.GetString(Errors.Span);

    /// <exception cref="ProcessFailedException">The exit code is not 0.</exception>
    public ProcessResult EnsureSuccess() => ExitCode == 0 ? this : throw new ProcessFailedException(this);
}
