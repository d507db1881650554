using Harness.Model.Outcomes;

namespace Harness.Model.Tags;

/// <summary>The tags of a page: those of its first granule, of the rest of its first half, and of its second.</summary>
public readonly record struct PageTags(byte First, byte Front, byte Back)
{
    /// <summary>The same tag everywhere.</summary>
    public static PageTags Of(byte tag) => new(tag, tag, tag);

    /// <summary>"5", or "5,0,0" where they differ.</summary>
    public override string ToString() => this == Of(First) ? $"{First}" : $"{First},{Front},{Back}";
}

/// <summary>One act of a case about memory tags: how it ended.</summary>
/// <param name="Act">The act as named in keys.</param>
/// <param name="Errno">What the call returned, or KVM_RUN.</param>
/// <param name="Pages">How many pages KVM_ARM_MTE_COPY_TAGS says it has copied.</param>
/// <param name="One">The tags of the first page that was read.</param>
/// <param name="Two">Those of the second.</param>
/// <param name="Tag">The tag that the guest loaded.</param>
/// <param name="Dirty">The pages in the log: bit 0 is the first.</param>
/// <param name="Odd">Something that no policy predicts.</param>
public sealed record TagPart(
    string Act,
    Errno Errno = Errno.None,
    int? Pages = null,
    PageTags? One = null,
    PageTags? Two = null,
    byte? Tag = null,
    int? Dirty = null,
    string? Odd = null
) : OutcomePart
{
    public override string Of => Act;

    public override bool Allows(OutcomePart observed) => observed is TagPart seen && seen == this;

    /// <summary>"1 page, tags 5"; "EBUSY"; "tag 3"; "pages 0 and 1 dirty".</summary>
    public string Text =>
        Odd
        ?? (
            Errno != Errno.None ? Errno.ToString()
            : Pages is { } pages
                ? $"{pages} page{(pages == 1 ? "" : "s")}{(One is { } one ? $", tags {one}" : "")}{(Two is { } two ? $" and {two}" : "")}"
            : Tag is { } tag ? $"tag {tag}"
            : Dirty is { } dirty
                ? dirty switch
                {
                    0 => "nothing dirty",
                    3 => "both pages dirty",
                    1 => "the first page dirty",
                    2 => "the last page dirty",
                    _ => $"dirty pages: {dirty:x}",
                }
            : "done"
        );
}

/// <summary>What a policy allows for one act.</summary>
/// <param name="Part">What it does.</param>
/// <param name="Path">The rules that decide it, in order; the last decides how it ends.</param>
public sealed record TagPrediction(TagPart Part, IReadOnlyList<Rule> Path)
{
    public Rule By => Path[^1];
}
