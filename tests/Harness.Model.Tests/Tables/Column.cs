namespace Harness.Model.Tests.Tables;

/// <summary>An input of the tables: one bit of a word for each of its values.</summary>
/// <param name="Name">As in a table's first line.</param>
/// <param name="Shift">The bit of its first value.</param>
/// <param name="Values">As in a table's cells.</param>
public sealed record Column(string Name, int Shift, IReadOnlyList<string> Values)
{
    /// <summary>The bits of all its values.</summary>
    public ulong All => ((1ul << Values.Count) - 1) << Shift;

    /// <summary>The bit of the value for an enum member or a bool, by its position.</summary>
    public ulong Bit(int value) => 1ul << (Shift + value);

    public ulong Bit(bool value) => Bit(value ? 1 : 0);

    /// <summary>The bits that a cell admits: "-", "a", "a,b" or "!a".</summary>
    /// <exception cref="TableException">A value isn't one of the column's, or the cell admits none.</exception>
    public ulong Admitted(string cell)
    {
        if (cell == "-")
            return All;
        bool but = cell.StartsWith('!');
        ulong named = 0;
        foreach (string word in cell[(but ? 1 : 0)..].Split(','))
        {
            int value = Values.ToList().IndexOf(word);
            if (value < 0)
                throw new TableException($"'{word}' is no value of {Name}: {string.Join(", ", Values)}");
            named |= Bit(value);
        }
        ulong admitted = but ? All & ~named : named;
        return admitted != 0 ? admitted : throw new TableException($"'{cell}' admits no value of {Name}");
    }

    /// <summary>The value that a word of inputs has.</summary>
    public string Read(ulong inputs) => Values.Where((_, i) => (inputs & Bit(i)) != 0).SingleOrDefault() ?? "?";
}
