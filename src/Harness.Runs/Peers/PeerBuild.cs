namespace Harness.Runs.Peers;

/// <summary>Compiled programs for a kernel.</summary>
/// <param name="Source">"linux-source-6.12 6.12.117-1".</param>
/// <param name="Folder">The programs, as the source has them.</param>
public sealed record PeerBuild(string Source, string Folder);

/// <summary>Compiles the programs, or finds those that were.</summary>
/// <param name="series">Of the host's kernel: "6.12".</param>
/// <param name="phase">Called for each step.</param>
/// <param name="cancel">Ends it.</param>
/// <exception cref="PeerBuildException">They can't be compiled.</exception>
public delegate Task<PeerBuild> PeerBuilder(string series, Action<string> phase, CancellationToken cancel);

/// <summary>The programs can't be compiled here: what, and what to do, in one line.</summary>
public sealed class PeerBuildException(string message, Exception? inner = null) : Exception(message, inner);
