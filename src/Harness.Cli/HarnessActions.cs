using Harness.Cli.Actions;

namespace Harness.Cli;

/// <summary>
/// The actions behind the verbs that need machines. Each returns an exit code, writes to the given console, and throws
/// the typed errors of the projects, which <see cref="ErrorHandler"/> turns into a line and an exit code.
/// </summary>
public sealed record HarnessActions
{
    public required HarnessAction<RunRequest> Run { get; init; }

    public required HarnessAction<ResumeRequest> Resume { get; init; }

    public required HarnessAction<MigrateRequest> Migrate { get; init; }

    public required HarnessAction<CasesRequest> Cases { get; init; }

    public required HarnessAction<ExplainRequest> Explain { get; init; }

    public required HarnessAction<ReproRequest> Repro { get; init; }

    public required HarnessAction<EvidenceRequest> Evidence { get; init; }

    public required HarnessAction<IdentifyRequest> Identify { get; init; }

    public required HarnessAction<VerifyFindingsRequest> VerifyFindings { get; init; }

    public required HarnessAction<ExploreRequest> Explore { get; init; }

    public required HarnessAction<PeersRequest> Peers { get; init; }

    public required HarnessAction<TimelineRequest> Timeline { get; init; }

    public required HarnessAction<BisectRequest> Bisect { get; init; }

    public required HarnessAction<CheckRequest> CheckTarget { get; init; }

    public required HarnessAction<PrepareRequest> PrepareTarget { get; init; }

    public required HarnessAction<BuildImagesRequest> BuildImages { get; init; }

    public required HarnessAction<ListImagesRequest> ListImages { get; init; }

    /// <summary>The program's own actions.</summary>
    public static HarnessActions Real { get; } =
        new()
        {
            Run = RunAction.ExecuteAsync,
            Resume = RunAction.ResumeAsync,
            Migrate = MigrateAction.ExecuteAsync,
            Cases = CasesAction.ExecuteAsync,
            Explain = ExplainAction.ExecuteAsync,
            Repro = ReproAction.ExecuteAsync,
            Evidence = EvidenceAction.ExecuteAsync,
            Identify = IdentifyAction.AskAsync,
            VerifyFindings = VerifyFindingsAction.ExecuteAsync,
            Explore = ExploreAction.ExecuteAsync,
            Peers = PeersAction.ExecuteAsync,
            Timeline = TimelineAction.ExecuteAsync,
            Bisect = BisectAction.ExecuteAsync,
            CheckTarget = CheckTargetAction.ExecuteAsync,
            PrepareTarget = PrepareTargetAction.ExecuteAsync,
            BuildImages = ImagesActions.BuildAsync,
            ListImages = ImagesActions.ListAsync,
        };
}

/// <summary>One action. Cancelled by Ctrl+C; it then stops what it started and throws or returns 130.</summary>
public delegate Task<int> HarnessAction<in T>(T request, HarnessConsole console, CancellationToken cancel);
