using System.Collections;
using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>
/// An ordered set of named values: the facts of a host, each of which may be an errno instead. Immutable. A value is
/// null, bool, long, ulong, string, <see cref="Fields"/>, or a list of these.
/// </summary>
[JsonConverter(typeof(FieldsConverter))]
public sealed class Fields : IEnumerable<KeyValuePair<string, object?>>, IEquatable<Fields>
{
    private readonly KeyValuePair<string, object?>[] _items;

    public static Fields Empty { get; } = new([]);

    private Fields(KeyValuePair<string, object?>[] items) => _items = items;

    public int Count => _items.Length;

    public KeyValuePair<string, object?> this[int index] => _items[index];

    /// <summary>Takes over items with unique names and normalized values; the array must not change again.</summary>
    internal static Fields Adopt(KeyValuePair<string, object?>[] items) => items.Length == 0 ? Empty : new(items);

    /// <summary>
    /// Names are unique; a value may be any integer type up to 64 bits and is stored as long, or as ulong above.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A name is given twice, or a value is not a JSON integer, text or flag.
    /// </exception>
    public static Fields Of(params (string Name, object? Value)[] items)
    {
        var kept = new KeyValuePair<string, object?>[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            for (int j = 0; j < i; j++)
                if (kept[j].Key == items[i].Name)
                    throw new ArgumentException($"'{items[i].Name}' is given twice");
            kept[i] = new(items[i].Name, Normal(items[i].Value));
        }
        return new Fields(kept);
    }

    public Fields With(string name, object? value)
    {
        var list = new List<(string, object?)>(_items.Length + 1);
        foreach (var item in _items)
            if (item.Key != name)
                list.Add((item.Key, item.Value));
        list.Add((name, value));
        return Of([.. list]);
    }

    public bool Has(string name) => TryGet(name, out _);

    public bool TryGet(string name, out object? value)
    {
        foreach (var item in _items)
        {
            if (item.Key != name)
                continue;
            value = item.Value;
            return true;
        }
        value = null;
        return false;
    }

    public string Text(string name) => Get<string>(name);

    public bool Flag(string name) => Get<bool>(name);

    public bool Flag(string name, bool otherwise) => TryGet(name, out var v) && v is bool b ? b : otherwise;

    public string? TextOrNull(string name) => TryGet(name, out var v) ? v as string : null;

    public Fields Inner(string name) => Get<Fields>(name);

    public IReadOnlyList<object?> List(string name) => Get<IReadOnlyList<object?>>(name);

    public long Integer(string name) =>
        TryInteger(name, out long v)
            ? v
            : throw new ProtocolException($"'{name}' is not a 64-bit signed integer: {Shown(name)}");

    public long Integer(string name, long otherwise) => Has(name) ? Integer(name) : otherwise;

    public bool TryInteger(string name, out long value)
    {
        value = 0;
        if (!TryGet(name, out var v))
            return false;
        switch (v)
        {
            case long l:
                value = l;
                return true;
            default:
                return false;
        }
    }

    /// <summary>The value as 64 raw bits: addresses, registers, descriptors.</summary>
    public ulong Bits(string name) =>
        TryGet(name, out var v)
            ? v switch
            {
                long l => unchecked((ulong)l),
                ulong u => u,
                _ => throw new ProtocolException($"'{name}' is not an integer: {Shown(name)}"),
            }
            : throw new ProtocolException($"'{name}' is missing");

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, object?>>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(Fields? other)
    {
        if (other is null || other._items.Length != _items.Length)
            return false;
        for (int i = 0; i < _items.Length; i++)
            if (_items[i].Key != other._items[i].Key || !Same(_items[i].Value, other._items[i].Value))
                return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as Fields);

    public override int GetHashCode() => _items.Length == 0 ? 0 : _items[0].Key.GetHashCode();

    private T Get<T>(string name)
    {
        if (!TryGet(name, out var v))
            throw new ProtocolException($"'{name}' is missing");
        return v is T t ? t : throw new ProtocolException($"'{name}' is not a {typeof(T).Name}: {Shown(name)}");
    }

    private string Shown(string name) => TryGet(name, out var v) ? v?.ToString() ?? "null" : "missing";

    private static bool Same(object? a, object? b)
    {
        if (a is IReadOnlyList<object?> x && b is IReadOnlyList<object?> y)
        {
            if (x.Count != y.Count)
                return false;
            for (int i = 0; i < x.Count; i++)
                if (!Same(x[i], y[i]))
                    return false;
            return true;
        }
        return Equals(a, b);
    }

    private static object? Normal(object? value) =>
        value switch
        {
            null or bool or string or long or Fields => value,
            ulong u => u <= long.MaxValue ? (long)u : u,
            int i => (long)i,
            uint i => (long)i,
            short i => (long)i,
            ushort i => (long)i,
            byte i => (long)i,
            sbyte i => (long)i,
            IEnumerable list => NormalList(list),
            _ => throw new ArgumentException($"facts do not carry a {value.GetType().Name}"),
        };

    private static List<object?> NormalList(IEnumerable list)
    {
        var kept = new List<object?>();
        foreach (var item in list)
            kept.Add(Normal(item));
        return kept;
    }
}
