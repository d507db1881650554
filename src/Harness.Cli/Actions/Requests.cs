using Harness.Cli.Configuration;
using Harness.Images;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Runs.Known;
using Harness.Runs.Sharding;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

/// <summary>A target of the configuration.</summary>
public sealed record NamedTarget(string Name, TargetConfiguration Target)
{
    /// <summary>
    /// The filter for its cases, if it differs from that of the other hosts in the run; an expression.
    /// </summary>
    public string? Filter { get; init; }
}

/// <summary>How a run is executed and reported.</summary>
public sealed record RunOptions(bool Json)
{
    /// <summary>How many QEMU hosts at once; null: as many as this machine has resources for.</summary>
    public int? Jobs { get; init; }

    /// <summary>QEMU hosts boot even where a snapshot of them is kept.</summary>
    public bool Cold { get; init; }

    /// <summary>How many cases run side by side on a host; null: as many as it has processors, up to four.</summary>
    public int? Workers { get; init; }

    /// <summary>A shell command that receives a summary when the run has ended, or null.</summary>
    public string? Notify { get; init; }

    /// <summary>What makes the run fail in addition to its verdicts: <see cref="Cli.FailOn"/>.</summary>
    public string? FailOn { get; init; }

    /// <summary>Prints LAVA's signals to stdout as verdicts arrive.</summary>
    public bool Signals { get; init; }

    /// <summary>Reads the known differences of kernels.</summary>
    public Func<IReadOnlyList<KnownDifference>> Known { get; init; } = () => [];
}

/// <summary>harness run.</summary>
/// <param name="Targets">At least one, each once.</param>
/// <param name="Filter">An expression; null for all cases.</param>
/// <param name="Policy">A policy's name; null for that of each host's kernel.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed, for the record.</param>
public sealed record RunRequest(
    IReadOnlyList<NamedTarget> Targets,
    string? Filter,
    string? Policy,
    string Database,
    RunOptions How,
    string CommandLine
)
{
    /// <summary>The suite's name, or null.</summary>
    public string? Suite { get; init; }

    /// <summary>The user's own kernel, to boot on every host instead of its track; or null.</summary>
    public LocalKernel? Kernel { get; init; }

    /// <summary>How long to wait for a lab host that another user has.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Exit codes are those for `git bisect run`.</summary>
    public bool ForGit { get; init; }

    /// <summary>The part of it to execute, or null for all.</summary>
    public ShardRequest? Shard { get; init; }
}

/// <summary>harness run --shard.</summary>
/// <param name="Part">Which shard, and of how many.</param>
/// <param name="Night">The user's name for the whole run, or null.</param>
/// <param name="SecondsPerCase">As measured on each target; empty if nothing is known.</param>
public sealed record ShardRequest(Shard Part, string? Night, IReadOnlyDictionary<string, double> SecondsPerCase);

/// <summary>harness run --resume.</summary>
/// <param name="Run">See <see cref="StoredRuns.Find"/>.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed; shown to others who wait for a lab host.</param>
/// <param name="Wait">How long to wait for a lab host that another user has.</param>
public sealed record ResumeRequest(string Run, string Database, RunOptions How, string CommandLine, TimeSpan Wait);

/// <summary>harness migrate.</summary>
/// <param name="Targets">At least one, each once.</param>
/// <param name="Pairs">By the numbers of both targets: at least one pair, each once.</param>
/// <param name="Migrations">The migrations of every pair.</param>
/// <param name="Policy">A policy's name; null for that of each host's kernel.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed, for the record.</param>
public sealed record MigrateRequest(
    IReadOnlyList<NamedTarget> Targets,
    IReadOnlyList<(int From, int To)> Pairs,
    IReadOnlyList<Migration> Migrations,
    string? Policy,
    string Database,
    RunOptions How,
    string CommandLine
)
{
    /// <summary>The suite's name, or null.</summary>
    public string? Suite { get; init; }

    /// <summary>How long to wait for a lab host that another user has.</summary>
    public TimeSpan Wait { get; init; }
}

/// <summary>harness cases.</summary>
/// <param name="Target">Only those that can be run there, or null.</param>
/// <param name="Database">Contains the target's facts; an absolute path.</param>
public sealed record CasesRequest(string? Filter, NamedTarget? Target, string Database, bool Json);

/// <summary>harness explain.</summary>
/// <param name="Case">See <see cref="CasesAction.Find"/>; null for those that the filter accepts.</param>
/// <param name="Target">The target with the facts and the kernel; or null.</param>
/// <param name="Policies">
/// One or two policies' names; none for the one of the target's kernel, or else the newest.
/// </param>
/// <param name="On">The hosts to explain for; null for every kind, or the target.</param>
public sealed record ExplainRequest(
    string? Case,
    NamedTarget? Target,
    IReadOnlyList<string> Policies,
    IReadOnlyList<HostFacts>? On,
    string Database,
    bool Json
)
{
    /// <summary>An expression, if there is no case.</summary>
    public string? Filter { get; init; }

    /// <summary>How many ways of deciding are explained; null for the usual number.</summary>
    public int? Limit { get; init; }
}

/// <summary>harness repro.</summary>
/// <param name="Case">An id, the unique beginning of one, or a key.</param>
/// <param name="Target">The target with the facts and the kernel; or null.</param>
/// <param name="Policy">A policy's name; null for the one of the target's kernel, or the newest.</param>
/// <param name="On">The hosts to expect something for; null for every kind, or the target.</param>
/// <param name="Database">Contains the target's facts; an absolute path.</param>
/// <param name="Output">An absolute path; null for stdout.</param>
public sealed record ReproRequest(
    string Case,
    NamedTarget? Target,
    string? Policy,
    IReadOnlyList<HostFacts>? On,
    string Database,
    string? Output
);

/// <summary>harness evidence.</summary>
/// <param name="Case">An id, the unique beginning of one, or a key.</param>
/// <param name="Run">See <see cref="StoredRuns.Find"/>.</param>
/// <param name="Target">A host of that run; null if only one has the case.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="Output">An absolute path; null for a default name in the console's directory.</param>
public sealed record EvidenceRequest(string Case, string Run, string? Target, string Database, string? Output);

/// <summary>harness timeline.</summary>
/// <param name="Case">An id, the unique beginning of one, or a key.</param>
/// <param name="Hosts">Hosts to run the case on first; null for none.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed, for the record.</param>
public sealed record TimelineRequest(
    string Case,
    IReadOnlyList<NamedTarget>? Hosts,
    string Database,
    bool Json,
    string CommandLine
)
{
    /// <summary>How many QEMU hosts at once; null: as many as this machine has resources for.</summary>
    public int? Jobs { get; init; }
}

/// <summary>harness bisect.</summary>
/// <param name="Case">An id, the unique beginning of one, or a key.</param>
/// <param name="Good">The older track.</param>
/// <param name="Bad">The newer track.</param>
/// <param name="CpuName">CPU/MODE, as in names of hosts.</param>
/// <param name="Cpu">The machine to boot each kernel on.</param>
/// <param name="Mode">KVM's mode there.</param>
/// <param name="Package">Continue over point releases.</param>
public sealed record BisectRequest(
    string Case,
    string Good,
    string Bad,
    string CpuName,
    CpuConfiguration Cpu,
    KvmModeChoice Mode,
    bool Package,
    bool Json
);

/// <summary>harness images build.</summary>
/// <param name="Tracks">Names of tracks or point releases; all tracks if empty.</param>
/// <param name="Refresh">Look for newer packages instead of using the cache.</param>
/// <param name="Kernel">Instead of tracks, a user-built kernel.</param>
public sealed record BuildImagesRequest(IReadOnlyList<string> Tracks, bool Refresh, LocalKernel? Kernel = null);

/// <summary>harness images list.</summary>
/// <param name="Tracks">Names of tracks; all if empty.</param>
/// <param name="Releases">List the archive's kernels for them, instead of the built images.</param>
public sealed record ListImagesRequest(IReadOnlyList<string> Tracks, bool Releases);

/// <summary>harness identify of a target.</summary>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed, for the record.</param>
public sealed record IdentifyRequest(NamedTarget Target, string Database, bool Json, string CommandLine);

/// <summary>harness targets prepare.</summary>
/// <param name="Target">The host.</param>
/// <param name="Memory">Start and size of memory that its kernel doesn't know; null for none.</param>
/// <param name="Undo">The module is unloaded.</param>
public sealed record PrepareRequest(NamedTarget Target, ExporterMemory Memory, bool Undo);

/// <summary>harness targets check.</summary>
/// <param name="Target">The host.</param>
/// <param name="Suite">The name of the suite that is counted, or null: it has no name.</param>
/// <param name="Filter">Its cases on this host; an expression, or null for all.</param>
/// <param name="Policy">A policy's name; null for that of the host's kernel.</param>
public sealed record CheckRequest(NamedTarget Target, string? Suite, string? Filter, string? Policy)
{
    /// <summary>Prints the raw facts, too.</summary>
    public bool Facts { get; init; }

    public bool Json { get; init; }
}
