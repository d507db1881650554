namespace Harness.Model;

public delegate bool Guard(in Situation s);

public delegate void Change(ref Situation s);

/// <summary>
/// One step of a policy. Rules of a stage are evaluated in order; one with a true guard is on the path, and either
/// changes the decision in progress or ends the stage.
/// </summary>
/// <param name="Name">Unique in its policy, short, stable: verdicts and known differences refer to it.</param>
/// <param name="Source">Its place in the kernel, or in a mail.</param>
/// <param name="Says">The rule in one sentence.</param>
/// <param name="When">The guard.</param>
/// <param name="Effect">What it does.</param>
public sealed record Rule(string Name, Source Source, string Says, Guard When, Effect Effect)
    : Statement(Name, Source, Says)
{
    /// <summary>
    /// Of a rule that makes a block: why it costs the host the block's first page, if the access was to another one;
    /// null if it does not.
    /// </summary>
    public string? FreesFirst { get; init; }
}

/// <summary>What a rule does if its guard is true.</summary>
public abstract record Effect
{
    /// <summary>Changes the decision in progress and continues with the next rule.</summary>
    public sealed record Continue(Change Change) : Effect;

    /// <summary>Registration only: the ioctl that creates the slot returns the errno.</summary>
    public sealed record Refuse(Errno Errno) : Effect;

    /// <summary>Ends the access.</summary>
    public sealed record End(Outcome Outcome) : Effect;
}
