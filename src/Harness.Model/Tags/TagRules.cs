namespace Harness.Model.Tags;

/// <summary>
/// How a release copies memory tags. What memory a VM with tags may have, and what a guest's access to it does, is
/// decided by the rules of the policy.
/// </summary>
/// <param name="LimitsLength">2^31 bytes and more are refused.</param>
/// <param name="IsBusy">Tags are not copied to a VM that is logged.</param>
/// <param name="Clears">A page for which the buffer is too short loses its tags.</param>
/// <param name="Counts">VM_PFNMAP memory has no tags.</param>
public sealed record TagRules(bool LimitsLength, bool IsBusy, bool Clears, bool Counts)
{
    /// <summary>Linux 6.1.</summary>
    public static TagRules V6_1 { get; } = new(LimitsLength: false, IsBusy: false, Clears: false, Counts: false);

    /// <summary>Linux 6.2: "Lock a page for MTE tag initialisation"; the length is limited from 6.3 on.</summary>
    public static TagRules V6_2 { get; } = V6_1 with { Clears = true, LimitsLength = true };

    /// <summary>Linux 6.12: "Disallow copying MTE to guest memory whilst KVM is dirty logging".</summary>
    public static TagRules V6_10 { get; } = V6_2 with { IsBusy = true };

    /// <summary>Linux 6.13: __gfn_to_page().</summary>
    public static TagRules V6_13 { get; } = V6_10 with { Counts = true };

    /// <summary>The statements that no rule of a policy has.</summary>
    public IReadOnlyList<Rule> Statements =>
        [
            TagStatement.Enabled,
            TagStatement.VcpuFirst,
            TagStatement.VcpuMade,
            TagStatement.NotEnabled,
            TagStatement.Arguments,
            .. LimitsLength ? [TagStatement.Length] : Array.Empty<Rule>(),
            IsBusy ? TagStatement.Busy : TagStatement.Unlogged,
            TagStatement.NoMemory,
            .. Counts ? [TagStatement.NotCounted] : new[] { TagStatement.NotOnline },
            TagStatement.Read,
            TagStatement.None,
            TagStatement.Written,
            TagStatement.Buffer,
            Partial,
            TagStatement.Nothing,
            TagStatement.Partly,
            TagStatement.OfGuest,
            TagStatement.Hidden,
            TagStatement.Dropped,
            TagStatement.Kept,
            TagStatement.Log,
            TagStatement.NoLog,
        ];

    internal Rule Partial => Clears ? TagStatement.Cleared : TagStatement.Stale;

    /// <summary>What each act does.</summary>
    /// <param name="policy">The policy with these rules.</param>
    /// <param name="host">The host.</param>
    /// <param name="c">The case.</param>
    public IReadOnlyList<TagPrediction> Predict(Policy policy, HostFacts host, TagCase c)
    {
        var state = new TagState(policy, host, this);
        return [.. c.Acts.Select((act, i) => state.Take(act, TagCase.TagOf(i)))];
    }
}
