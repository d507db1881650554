namespace Harness.Model.Ownership;

/// <summary>The acts of a case, in order, compared by content.</summary>
public readonly record struct ActList
{
    private readonly Act[] _items;

    public ActList(params Act[] items) => _items = items;

    public int Count => _items?.Length ?? 0;

    public Act this[int index] => _items[index];

    public ReadOnlySpan<Act> Span => _items;

    public ActList With(params ReadOnlySpan<Act> more) => new([.. Span, .. more]);

    public bool Equals(ActList other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var act in Span)
            hash.Add(act);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', Span.ToArray().Select(ActText.Word));
}
