using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>Cases that vary one dimension that the others leave at its default.</summary>
/// <param name="Name">The word of the attribute "family".</param>
/// <param name="Says">What they test, in one sentence.</param>
/// <param name="Cases">The simplest first; each is buildable, and in no other family.</param>
public sealed record CaseFamily(string Name, string Says, IReadOnlyList<Case> Cases);
