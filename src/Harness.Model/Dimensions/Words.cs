using System.Collections;
using System.Runtime.CompilerServices;

namespace Harness.Model.Dimensions;

/// <summary>The values of an enumeration of bytes with their words, in the enumeration's order.</summary>
public sealed class Words<T> : IReadOnlyList<DimensionValue>
    where T : struct, Enum
{
    /// <summary>One more than the largest value of any enumeration that has words.</summary>
    private const int End = 32;

    private readonly DimensionValue?[] _values = new DimensionValue?[End];
    private readonly List<DimensionValue> _all = [];

    public int Count => _all.Count;

    public DimensionValue this[int index] => _all[index];

    /// <summary>The word of a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has none.</exception>
    public string Of(T value) => Known(value).Word;

    /// <summary>The phrase of a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has no word.</exception>
    public string PhraseOf(T value) => Known(value).Phrase;

    public void Add(T value, string word) => Add(value, word, word);

    public void Add(T value, string word, string phrase) =>
        _all.Add(_values[Unsafe.BitCast<T, byte>(value)] = new DimensionValue(word, phrase));

    /// <summary>The values of which each has a word.</summary>
    public IEnumerable<T> Values
    {
        get
        {
            for (byte at = 0; at < End; at++)
                if (_values[at] is not null)
                    yield return Unsafe.BitCast<byte, T>(at);
        }
    }

    /// <summary>The value of a word; null if there is none.</summary>
    public T? Find(string word)
    {
        for (byte at = 0; at < End; at++)
            if (_values[at]?.Word == word)
                return Unsafe.BitCast<byte, T>(at);
        return null;
    }

    private DimensionValue Known(T value) =>
        Unsafe.BitCast<T, byte>(value) is < End and var at && _values[at] is { } known
            ? known
            : throw new ArgumentOutOfRangeException(nameof(value), value, null);

    public IEnumerator<DimensionValue> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
