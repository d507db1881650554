using System.Text.RegularExpressions;

namespace Harness.Model.Tests.Tables;

/// <summary>
/// A file of tables, as text: the decisions of a generation of the kernel. A comment in the file describes its format.
/// </summary>
public sealed partial class TableFile
{
    private readonly Dictionary<string, List<(int Line, string[] Parts)>> _tables = [];
    private readonly HashSet<string> _taken = [];
    private readonly string _name;

    private TableFile(string name) => _name = name;

    /// <summary>The policy that it is to be compared with.</summary>
    public string Generation { get; private set; } = "";

    /// <summary>The release of the source that was read.</summary>
    public string Kernel { get; private set; } = "";

    /// <summary>
    /// The file with the tables that this one doesn't have: for a stable release, its series before. Or null.
    /// </summary>
    private TableFile? Basis { get; set; }

    /// <summary>Reads a file, with the one beside it that it names as its basis.</summary>
    /// <exception cref="TableException">The text is malformed.</exception>
    public static TableFile Read(string path) =>
        Read(Path.GetFileName(path), File.ReadLines(path), basis =>
            Read(Path.Combine(Path.GetDirectoryName(path)!, $"{basis}.table"))
        );

    /// <exception cref="TableException">The text is malformed.</exception>
    public static TableFile Read(string name, IEnumerable<string> lines, Func<string, TableFile>? basis = null)
    {
        var file = new TableFile(name);
        List<(int, string[])>? rows = null;
        int number = 0;
        foreach (string raw in lines)
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "table" && words.Length == 2)
            {
                if (!file._tables.TryAdd(words[1], rows = []))
                    throw file.Error(number, $"table {words[1]} is there twice");
            }
            else if (words[0] == "generation" && words.Length == 2 && rows is null)
                file.Generation = words[1];
            else if (words[0] == "kernel" && words.Length == 2 && rows is null)
                file.Kernel = words[1];
            else if (words[0] == "basis" && words.Length == 2 && rows is null && basis is not null)
                file.Basis = basis(words[1]);
            else if (rows is null)
                throw file.Error(
                    number,
                    $"'{line}' stands before the first table and is neither generation, kernel nor basis"
                );
            else
                rows.Add((number, [.. line.Split('|', 3).Select(p => p.Trim())]));
        }
        if (file.Generation == "" || file.Kernel == "")
            throw new TableException($"{name}: generation and kernel must be said before the first table");
        return file;
    }

    /// <summary>A table of this file, its cells compiled to masks.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="columns">The columns that it may have.</param>
    /// <param name="results">The words of its result column, with their values; null if any number is allowed.</param>
    /// <exception cref="TableException">There is no such table, or a row of it is malformed.</exception>
    public DecisionTable<T> Table<T>(string table, IReadOnlyList<Column> columns, Func<string, T?> results)
        where T : struct
    {
        if (!_tables.ContainsKey(table) && Basis is not null)
            return Basis.Table(table, columns, results);
        if (!_tables.TryGetValue(table, out var lines) || lines.Count < 2)
            throw new TableException($"{_name}: table {table} is missing, or has no rows");
        _taken.Add(table);
        var (headLine, head) = lines[0];
        if (head.Length != 3)
            throw Error(headLine, "a table's first line is: columns | result | where the kernel says so");
        var chosen = new List<Column>();
        foreach (string word in Words(head[0]))
        {
            var column = columns.FirstOrDefault(c => c.Name == word)
                ?? throw Error(headLine, $"table {table} can't have a column '{word}'");
            if (chosen.Contains(column))
                throw Error(headLine, $"column '{word}' is there twice");
            chosen.Add(column);
        }
        return new DecisionTable<T>(
            $"{Generation} {table}",
            columns,
            [.. lines.Skip(1).Select(l => Row(table, l.Line, l.Parts, chosen, results))]
        );
    }

    /// <exception cref="TableException">A table was never used: its name is wrong.</exception>
    public void EndOfTables()
    {
        if (_tables.Keys.Except(_taken).FirstOrDefault() is { } stray)
            throw new TableException($"{_name}: nothing knows a table '{stray}'");
    }

    private TableRow<T> Row<T>(string table, int line, string[] parts, List<Column> columns, Func<string, T?> results)
        where T : struct
    {
        if (parts.Length != 3 || parts.Any(p => p.Length == 0))
            throw Error(line, "a row is: cells | result | where the kernel says so");
        string[] cells = Words(parts[0]);
        if (cells.Length != columns.Count)
            throw Error(line, $"{cells.Length} cells for {columns.Count} columns");
        ulong mask = ulong.MaxValue;
        for (int i = 0; i < cells.Length; i++)
        {
            try
            {
                mask &= ~columns[i].All | columns[i].Admitted(cells[i]);
            }
            catch (TableException e)
            {
                throw Error(line, e.Message);
            }
        }
        var result = results(parts[1]) ?? throw Error(line, $"'{parts[1]}' is no result of table {table}");
        if (!SourcePattern().IsMatch(parts[2]))
            throw Error(line, $"'{parts[2]}' names no function of the kernel, nor the Arm ARM");
        return new TableRow<T>(mask, result, $"{Generation} {table}, line {line}", parts[2]);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private TableException Error(int line, string what) => new($"{_name}, line {line}: {what}");

    [GeneratedRegex(@"^(\w+\.[ch]:\d+ \w+\(\)|Arm ARM)")]
    private static partial Regex SourcePattern();
}
