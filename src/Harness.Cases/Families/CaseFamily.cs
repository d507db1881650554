using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>Cases that belong together: they vary one thing that the others leave alone.</summary>
/// <param name="Name">The word of the attribute "family".</param>
/// <param name="Says">What they ask, in one sentence.</param>
/// <param name="Cases">The plainest first; every one is buildable, and of no other family.</param>
public sealed record CaseFamily(string Name, string Says, IReadOnlyList<Case> Cases);
