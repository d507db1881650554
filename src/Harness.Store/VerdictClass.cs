namespace Harness.Store;

/// <summary>What a verdict counts as when two runs are compared.</summary>
public enum VerdictClass
{
    /// <summary>As predicted, or as a named erratum or a reviewed known difference expects.</summary>
    Good,

    /// <summary>Not as predicted, confirmed by a second execution.</summary>
    Bad,

    /// <summary>Not as predicted, by a release that nobody has read: neither good nor bad until somebody has.</summary>
    Unverified,

    /// <summary>Two executions gave two results: not comparable.</summary>
    Unstable,

    /// <summary>Says nothing of the kernel.</summary>
    NoAnswer,
}
