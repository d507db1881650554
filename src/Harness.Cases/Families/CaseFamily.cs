using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>
/// Cases that vary one dimension that the others leave at its default. They are made when they are first needed.
/// </summary>
/// <param name="name">The word of the attribute "family".</param>
/// <param name="says">What they test, in one sentence.</param>
/// <param name="make">The simplest case first; each is buildable, and in no other family.</param>
public sealed class CaseFamily(string name, string says, Func<IEnumerable<Case>> make)
{
    private readonly Lazy<IReadOnlyList<Case>> _cases = new(() => [.. make()]);

    private Dictionary<string, Case>? _byKey;

    public string Name => name;

    public string Says => says;

    public IReadOnlyList<Case> Cases => _cases.Value;

    /// <summary>The case with this key, or null if there is none.</summary>
    public Case? WithKey(string key) => (_byKey ??= Cases.ToDictionary(c => c.Key)).GetValueOrDefault(key);
}
