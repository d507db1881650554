using Harness.Analysis.Audits;
using Harness.Model.Ownership;

namespace Harness.Analysis.Ownership;

/// <summary>The audits of several systems side by side, as lines of text.</summary>
public static class OwnershipTable
{
    /// <summary>The same breach, and the systems that have it.</summary>
    /// <param name="Breach">The example of the first of them.</param>
    /// <param name="Systems">Their names, and how often.</param>
    public sealed record SharedBreach(OwnershipBreach Breach, IReadOnlyList<(string System, int Points)> Systems)
    {
        /// <summary>"pkvm-7.1 to pkvm-7.2 (52 each), cca-1.0 (4)": neighbours are joined.</summary>
        /// <param name="audits">All audits, in order.</param>
        public string Who(IReadOnlyList<SystemAudit> audits) =>
            Neighbours.Join([.. audits.Select(a => a.System.Name)], Systems);
    }

    /// <summary>The breaches of a property without duplicates.</summary>
    public static IReadOnlyList<SharedBreach> Shared(IReadOnlyList<SystemAudit> audits, OwnershipProperty property) =>
        [
            .. from audit in audits
            from breach in audit.Of(property).Breaches
            group (audit.System.Name, breach) by (breach.By.Name, breach.ToString()) into same
            select new SharedBreach(same.First().breach, [.. same.Select(s => (s.Name, s.breach.Points))]),
        ];

    /// <summary>A row for each system, a column for each property.</summary>
    public static IEnumerable<string> Matrix(
        IReadOnlyList<SystemAudit> audits,
        IReadOnlyList<OwnershipProperty> properties
    )
    {
        for (int i = 0; i < properties.Count; i++)
            yield return $"{i + 1, 2}  {properties[i].Name}: {properties[i].Says}";
        yield return "";
        int width = audits.Max(a => a.System.Name.Length);
        yield return new string(' ', width)
            + string.Concat(Enumerable.Range(1, properties.Count).Select(i => $"{i, 7}"));
        foreach (var audit in audits)
            yield return audit.System.Name.PadRight(width)
                + string.Concat(audit.Results.Select(r => r.Cell.PadLeft(7)));
    }
}
