namespace Harness.Processes;

/// <summary>
/// What to start, as data. Every process gets a session of its own (setsid), so that Ctrl+C reaches the harness
/// alone, which then decides the order in which its children end; and so that a whole tree can be ended even
/// after its first process is gone.
/// </summary>
/// <param name="Program">A path, or a name that is looked up in PATH.</param>
/// <param name="Arguments">One entry an argument; no shell is involved.</param>
public sealed record ProcessSpec(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Changes to the harness's own environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Null: the harness's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// What the process reads; nothing unless said otherwise. Ignored by <see cref="IProcessRunner.Start"/>.
    /// </summary>
    public ProcessInput Input { get; init; } = ProcessInput.Nothing;

    /// <summary>
    /// Most bytes kept of each output stream; the rest is read and dropped, and the result says so.
    /// Of stdout the beginning is kept, of stderr the end, where the reason is.
    /// </summary>
    public int CaptureLimit { get; init; } = 16 << 20;

    /// <summary>Where stdout goes instead of being kept, if anywhere. Not disposed.</summary>
    public Stream? OutputTo { get; init; }

    /// <summary>Longest run, before <see cref="TimeoutScale"/> stretches it. Null: no limit.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Time between SIGTERM and SIGKILL, before <see cref="TimeoutScale"/> stretches it.</summary>
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
