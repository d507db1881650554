namespace Harness.Runs.KernelLogs;

/// <summary>Names of functions, from a file of this directory: one a line, "x*" for all that begin with x.</summary>
internal sealed class FunctionList
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _prefixes = [];

    private FunctionList(string file)
    {
        using var stream = typeof(FunctionList).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is missing");
        using var text = new StreamReader(stream);
        while (text.ReadLine() is { } line)
            if (line.EndsWith('*'))
                _prefixes.Add(line[..^1]);
            else if (!line.StartsWith('#'))
                _names.Add(line);
    }

    /// <summary>
    /// Functions that a title does not name, because they are in reports of every kind: those that report, that hold or
    /// wait for locks, that allocate, copy and compare, and the entry into the kernel. The function that called them is
    /// named.
    /// </summary>
    public static FunctionList Generic { get; } = new("GenericFunctions.txt");

    /// <summary>The ways into the kernel, and functions that lead everywhere.</summary>
    public static FunctionList Dispatchers { get; } = new("Dispatchers.txt");

    public bool Contains(string function) =>
        _names.Contains(function) || _prefixes.Exists(p => function.StartsWith(p, StringComparison.Ordinal));
}
