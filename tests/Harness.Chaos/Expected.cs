using Harness.Store;

namespace Harness.Chaos;

/// <summary>What may come out of a disturbed run.</summary>
/// <param name="Codes">The exit codes. With 2, nothing may be stored.</param>
/// <param name="Verdicts">Those of cases without their usual verdict.</param>
internal sealed record Expected(IReadOnlyList<int> Codes, params IReadOnlyList<string> Verdicts)
{
    /// <summary>The fault is not noticed.</summary>
    public static Expected Unharmed { get; } = new([0]);

    /// <summary>The host is lost: before it is used, or in the middle.</summary>
    public static Expected HostLost { get; } = new([2, 3], Store.Verdicts.Infrastructure);

    /// <summary>Single programs or the probe are lost, and executed again.</summary>
    public static Expected SomeCasesLost { get; } =
        new([0, 3], Store.Verdicts.Unstable, Store.Verdicts.ProbeError, Store.Verdicts.Infrastructure);

    /// <summary>The harness itself was stopped or killed.</summary>
    public static Expected Stopped { get; } = new([130, 128 + ProcessTree.Killed], Store.Verdicts.Planned);

    /// <summary>A part of the messages or of a stored reason; required if the exit code is not 0.</summary>
    public string? Words { get; init; }

    /// <summary>The kernel is at fault.</summary>
    public bool IsKernels { get; init; }

    /// <summary>The harness could not tidy up: the next one does.</summary>
    public bool LeavesFiles { get; init; }

    public Expected With(string words) => this with { Words = words };

    public Expected Or(params IReadOnlyList<int> codes) => this with { Codes = [.. Codes, .. codes] };
}
