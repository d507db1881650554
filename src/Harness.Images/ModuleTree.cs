namespace Harness.Images;

/// <summary>A folder with a kernel's modules somewhere in it.</summary>
internal sealed class ModuleTree
{
    private readonly Dictionary<string, string> _files = [];
    private readonly Dictionary<string, string[]> _needs = [];
    private readonly HashSet<string> _builtIn = [];

    public ModuleTree(string folder)
    {
        // A built tree has 70000 files: it is read once. Links point to the sources and back ("build", "source").
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        foreach (string file in Directory.EnumerateFiles(folder, "*", options))
        {
            string name = Path.GetFileName(file);
            if (NameOf(name) is { } module)
                _files.TryAdd(module, file);
            else if (name == "modules.builtin")
                _builtIn.UnionWith(File.ReadLines(file).Select(l => NameOf(Path.GetFileName(l))).OfType<string>());
            else if (name == "modules.dep")
                ReadNeeds(file);
        }
    }

    /// <summary>Whether the tree lists the module as built in.</summary>
    public bool IsBuiltIn(string module) => _builtIn.Contains(Plain(module));

    /// <summary>The module's file; null if there is none.</summary>
    public string? Find(string module) => _files.GetValueOrDefault(Plain(module));

    /// <summary>The existing ones of these modules and their dependencies by depmod, in load order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> InOrder(IEnumerable<string> modules)
    {
        var order = new List<KeyValuePair<string, string>>();
        void Add(string module)
        {
            if (Find(module) is not { } file || order.Any(o => o.Key == Plain(module)))
                return;
            foreach (string need in _needs.GetValueOrDefault(Plain(module), []))
                Add(need);
            if (order.All(o => o.Key != Plain(module)))
                order.Add(new(Plain(module), file));
        }
        foreach (string module in modules)
            Add(module);
        return order;
    }

    // modules.dep(5): "kernel/a.ko.xz: kernel/b.ko.xz kernel/c.ko.xz", all dependencies of a, with those of c before c.
    private void ReadNeeds(string file)
    {
        foreach (string line in File.ReadLines(file))
            if (line.Split(':', 2) is [var module, var needs] && NameOf(Path.GetFileName(module)) is { } name)
                _needs.TryAdd(
                    name,
                    [
                        .. needs
                            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                            .Select(n => NameOf(Path.GetFileName(n)))
                            .OfType<string>()
                            .Reverse(),
                    ]
                );
    }

    private static string? NameOf(string file) =>
        file.IndexOf(".ko", StringComparison.Ordinal) is > 0 and var at
        && file[(at + 3)..] is "" or ".xz" or ".gz" or ".zst"
            ? Plain(file[..file.IndexOf(".ko", StringComparison.Ordinal)])
            : null;

    // The kernel treats "-" and "_" alike.
    private static string Plain(string module) => module.Replace('-', '_');
}
