using System.Collections;

namespace Harness.Model.Dimensions;

/// <summary>The values of an enumeration with their words, in the enumeration's order.</summary>
public sealed class Words<T> : IReadOnlyList<DimensionValue>
    where T : struct, Enum
{
    private readonly Dictionary<T, DimensionValue> _values = [];
    private readonly List<DimensionValue> _all = [];

    public int Count => _all.Count;

    public DimensionValue this[int index] => _all[index];

    /// <summary>The word of a value.</summary>
    public string Of(T value) => _values[value].Word;

    public void Add(T value, string word) => Add(value, word, word);

    public void Add(T value, string word, string phrase) => _all.Add(_values[value] = new DimensionValue(word, phrase));

    /// <summary>The values that have a word.</summary>
    public IReadOnlyCollection<T> Values => _values.Keys;

    public IEnumerator<DimensionValue> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
