namespace Harness.Model;

public delegate bool Guard(in Situation s);

public delegate void Change(ref Situation s);

/// <summary>
/// One step of a policy. Rules of a stage are tried in order; one whose guard holds is on the path, and either
/// changes the decision in progress or ends the stage.
/// </summary>
/// <param name="Name">Unique in its policy, short, stable: verdicts and known differences refer to it.</param>
/// <param name="Source">Where it is written in the kernel, or proposed in a mail.</param>
/// <param name="Says">The rule in one sentence.</param>
/// <param name="When">The guard.</param>
/// <param name="Effect">What it does.</param>
public sealed record Rule(string Name, Source Source, string Says, Guard When, Effect Effect)
    : Statement(Name, Source, Says);

/// <summary>What a rule does when its guard holds.</summary>
public abstract record Effect
{
    /// <summary>Goes on with the next rule after a change to the decision in progress.</summary>
    public sealed record Continue(Change Change) : Effect;

    /// <summary>Registration only: the ioctl that sets the memslot up returns the errno.</summary>
    public sealed record Refuse(Errno Errno) : Effect;

    /// <summary>Ends the access.</summary>
    public sealed record End(Outcome Outcome) : Effect;
}
