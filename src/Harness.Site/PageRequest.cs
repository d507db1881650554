namespace Harness.Site;

/// <summary>What a page is made from.</summary>
/// <param name="Content">The databases.</param>
/// <param name="Here">The page's own address.</param>
/// <param name="IsServed">
/// A server makes pages on request, so that any two runs can be compared, every case has a page, and a search is
/// answered. Of a site in files only what <see cref="SiteFiles"/> wrote is there.
/// </param>
public sealed record PageRequest(Content Content, Address Here, bool IsServed)
{
    /// <summary>What is searched for.</summary>
    public string? Query { get; init; }

    /// <summary>The cases that have a page; null: every one.</summary>
    public IReadOnlySet<string>? Cases { get; init; }

    /// <summary>The address for a link.</summary>
    public string To(Address address) => address.From(Here);

    /// <summary>The address of a file beside the first page.</summary>
    public string File(string name) => new Address(name).From(Here);

    public bool HasPage(string caseId) => Cases?.Contains(caseId) ?? true;
}
