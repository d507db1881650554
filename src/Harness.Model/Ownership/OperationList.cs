namespace Harness.Model.Ownership;

/// <summary>The operations of a case, in order, compared by content.</summary>
public readonly record struct OperationList
{
    private readonly Operation[] _items;

    public OperationList(params Operation[] items) => _items = items;

    public int Count => _items?.Length ?? 0;

    public Operation this[int index] => _items[index];

    public ReadOnlySpan<Operation> Span => _items;

    public OperationList With(params ReadOnlySpan<Operation> more) => new([.. Span, .. more]);

    public bool Equals(OperationList other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var operation in Span)
            hash.Add(operation);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', Span.ToArray().Select(OperationText.Word));
}
