using Harness.Probe.Kvm;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>The objects that a program opened, by name, in order. Disposing closes all in reverse order.</summary>
internal sealed class Variables : IDisposable
{
    private readonly List<string> _names = [];
    private readonly List<IDisposable> _objects = [];
    private readonly List<IDisposable> _last = [];

    /// <exception cref="ProtocolException">The name is taken.</exception>
    public void CheckFree(string name)
    {
        if (_names.IndexOf(name) >= 0)
            throw new ProtocolException($"'{name}' is set twice");
    }

    public void Add(string name, IDisposable value)
    {
        _names.Add(name);
        _objects.Add(value);
    }

    /// <summary>Adds one that is disposed after all others.</summary>
    public void AddLast(string name, IDisposable value)
    {
        Add(name, Closed.Instance);
        _last.Add(value);
    }

    /// <exception cref="ProtocolException">The name is not set, or the object is of another kind.</exception>
    public T Get<T>(string name)
        where T : class, IDisposable =>
        Get(name) as T ?? throw new ProtocolException($"'{name}' is not a {typeof(T).Name}");

    /// <exception cref="ProtocolException">The name is not set.</exception>
    public IDisposable Get(string name)
    {
        int i = _names.IndexOf(name);
        if (i < 0)
            throw new ProtocolException($"there is no '{name}'");
        return _objects[i] is Closed ? throw new ProtocolException($"'{name}' is closed") : _objects[i];
    }

    /// <exception cref="ProtocolException">It has no descriptor.</exception>
    public int Descriptor(string name) =>
        Get(name) switch
        {
            OpenFile file => file.Descriptor,
            KernelObject kernel => kernel.Descriptor,
            _ => throw new ProtocolException($"'{name}' is no descriptor"),
        };

    /// <exception cref="ProtocolException">It is unmapped.</exception>
    public Mapping Mapped(string name)
    {
        var map = Get<Mapping>(name);
        return map.Gone ? throw new ProtocolException($"'{name}' is unmapped") : map;
    }

    /// <summary>The mapping that contains those bytes.</summary>
    public Mapping Mapped(string name, ulong offset, ulong size)
    {
        var map = Mapped(name);
        return offset <= map.Size && size <= map.Size - offset
            ? map
            : throw new ProtocolException(
                $"{size} bytes at {offset} are not inside the {map.Size} bytes of the mapping"
            );
    }

    /// <summary>The descriptor of an open file.</summary>
    public int File(string name) => Get<OpenFile>(name).Descriptor;

    /// <summary>Registers a new descriptor: 0, or the errno if it is negative.</summary>
    public int Opened(string name, int fd)
    {
        if (fd < 0)
            return -fd;
        Add(name, new OpenFile(fd));
        return 0;
    }

    /// <summary>Removes the object; the name remains reserved.</summary>
    /// <exception cref="ProtocolException">The name is not set.</exception>
    public IDisposable Take(string name)
    {
        var value = Get(name);
        _objects[_names.IndexOf(name)] = Closed.Instance;
        return value;
    }

    /// <summary>Closes all in reverse order; the names remain reserved.</summary>
    public void CloseAll()
    {
        for (int i = _objects.Count - 1; i >= 0; i--)
        {
            _objects[i].Dispose();
            _objects[i] = Closed.Instance;
        }
        foreach (var value in _last)
            value.Dispose();
        _last.Clear();
    }

    public void Dispose() => CloseAll();

    private sealed class Closed : IDisposable
    {
        public static readonly Closed Instance = new();

        public void Dispose() { }
    }
}
