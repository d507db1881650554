namespace Harness.Processes;

/// <summary>
/// What to start, as data. Every process gets its own session (setsid), so that Ctrl+C only reaches the harness, which
/// then decides the order in which its children end; and so that a whole tree can be ended even after its first process
/// has exited.
/// </summary>
/// <param name="Program">A path, or a name that is looked up in PATH.</param>
/// <param name="Arguments">One entry per argument; no shell is involved.</param>
public sealed record ProcessSpec(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Changes to the harness's own environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Null: that of the harness.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The process's stdin; empty by default. Ignored by <see cref="IProcessRunner.Start"/>.</summary>
    public ProcessInput Input { get; init; } = ProcessInput.Nothing;

    /// <summary>
    /// The maximum number of bytes kept of each output stream; the rest is read and dropped, and the result is marked
    /// as truncated. The beginning of stdout is kept, and the end of stderr, which usually has the error.
    /// </summary>
    public int CaptureLimit { get; init; } = 16 << 20;

    /// <summary>Receives stdout, which is then not kept. Not disposed.</summary>
    public Stream? OutputTo { get; init; }

    /// <summary>The time limit, before scaling by <see cref="TimeoutScale"/>. Null: no limit.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Time between SIGTERM and SIGKILL, before scaling by <see cref="TimeoutScale"/>.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The command line, quoted so that it can be pasted into a shell.</summary>
    public string CommandLine =>
        string.Join(
            ' ',
            [
                .. Environment.Where(e => e.Value is not null).Select(e => $"{e.Key}={ShellQuote.Word(e.Value!)}"),
                ShellQuote.Join([Program, .. Arguments]),
            ]
        );
}
