namespace Harness.Reports.Comparing;

/// <summary>What became of a case from one run to another, the most urgent first.</summary>
public enum ChangeKind
{
    /// <summary>It was good and is bad.</summary>
    Regression,

    /// <summary>It had no answer and is bad: whether that is new, nobody knows.</summary>
    GainedBad,

    /// <summary>It was not asked before, and is bad.</summary>
    NewBad,

    /// <summary>It is bad, as before, but in another way.</summary>
    OtherwiseBad,

    /// <summary>
    /// A release that nobody has read decides otherwise than the nearest policy, which it did not before.
    /// </summary>
    Unverified,

    /// <summary>Unstable on one side or both: says nothing about the other.</summary>
    Unstable,

    /// <summary>It was judged, and has no answer now.</summary>
    Lost,

    /// <summary>It is a known difference now.</summary>
    NowKnown,

    /// <summary>It was bad or known, and is as predicted.</summary>
    Fix,

    /// <summary>It had no answer, and is good.</summary>
    Gained,

    /// <summary>It is good, as before, but in another way: an erratum of the platform came or went.</summary>
    OtherwiseGood,

    /// <summary>It was not asked before.</summary>
    New,

    /// <summary>It is not run any more.</summary>
    Vanished,
}

/// <summary>Who moved where a verdict is another.</summary>
public enum ChangedSide
{
    /// <summary>Nothing to tell it by: one side has no observation.</summary>
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
