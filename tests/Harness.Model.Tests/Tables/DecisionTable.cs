namespace Harness.Model.Tests.Tables;

/// <summary>A row: what it admits, what it decides, and its source in the kernel.</summary>
/// <param name="Mask">The bits of the inputs that it admits.</param>
/// <param name="Result">What it decides.</param>
/// <param name="Where">"mainline-6.17 fault, line 31".</param>
/// <param name="Source">The kernel's function, line and condition.</param>
public sealed record TableRow<T>(ulong Mask, T Result, string Where, string Source)
{
    /// <summary>It has decided something since it was read.</summary>
    public bool Used { get; set; }

    public override string ToString() => $"{Where}: {Result} [{Source}]";
}

/// <summary>An ordered decision table: the first row that admits all inputs decides.</summary>
/// <param name="name">"mainline-6.17 fault".</param>
/// <param name="columns">The columns that it may have.</param>
/// <param name="rows">The rows, in order.</param>
public sealed class DecisionTable<T>(string name, IReadOnlyList<Column> columns, TableRow<T>[] rows)
{
    public IReadOnlyList<TableRow<T>> Rows => rows;

    /// <summary>The row that decides.</summary>
    /// <exception cref="TableException">No row admits the inputs.</exception>
    public TableRow<T> Decide(ulong inputs)
    {
        foreach (var row in rows)
        {
            if ((inputs & ~row.Mask) != 0)
                continue;
            if (!row.Used)
                row.Used = true;
            return row;
        }
        throw new TableException(
            $"{name}: no row for {string.Join(", ", columns.Select(c => $"{c.Name}={c.Read(inputs)}").Where(s => !s.EndsWith('?')))}"
        );
    }
}
