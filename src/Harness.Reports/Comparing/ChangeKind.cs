namespace Harness.Reports.Comparing;

/// <summary>The change of a case from one run to another, the most urgent first.</summary>
public enum ChangeKind
{
    /// <summary>It was good and is bad.</summary>
    Regression,

    /// <summary>It had no result and is bad: it may be new or not.</summary>
    GainedBad,

    /// <summary>It was not run before, and is bad.</summary>
    NewBad,

    /// <summary>It is bad, as before, but in another way.</summary>
    OtherwiseBad,

    /// <summary>
    /// A release that has not been read decides differently from the nearest policy, which it did not before.
    /// </summary>
    Unverified,

    /// <summary>Unstable on one side or both: not comparable.</summary>
    Unstable,

    /// <summary>It was judged, and has no result now.</summary>
    Lost,

    /// <summary>It is a known difference now.</summary>
    NowKnown,

    /// <summary>It was bad or known, and is as predicted.</summary>
    Fix,

    /// <summary>It had no result, and is good.</summary>
    Gained,

    /// <summary>
    /// It is good, as before, but in another way: an erratum of the platform appeared or disappeared.
    /// </summary>
    OtherwiseGood,

    /// <summary>It was not run before.</summary>
    New,

    /// <summary>It is no longer run.</summary>
    Vanished,
}

/// <summary>What changed if a verdict is different.</summary>
public enum ChangedSide
{
    /// <summary>Unknown: one side has no observation.</summary>
    Unknown,

    /// <summary>The kernel did something else, and the same was predicted.</summary>
    Kernel,

    /// <summary>The kernel did the same; the prediction changed.</summary>
    Prediction,

    /// <summary>The kernel did something else, and something else was predicted.</summary>
    Both,

    /// <summary>The kernel did the same and the same was predicted: known differences or the judge changed.</summary>
    Judgement,
}
