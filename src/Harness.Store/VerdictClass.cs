namespace Harness.Store;

/// <summary>The class of a verdict when two runs are compared.</summary>
public enum VerdictClass
{
    /// <summary>As predicted, or explained by a known erratum or a reviewed known difference.</summary>
    Good,

    /// <summary>Not as predicted, confirmed by a second execution.</summary>
    Bad,

    /// <summary>Not as predicted, on a release that has not been read: neither good nor bad until it is.</summary>
    Unverified,

    /// <summary>Two executions gave two results: not comparable.</summary>
    Unstable,

    /// <summary>No result about the kernel.</summary>
    NoAnswer,
}
