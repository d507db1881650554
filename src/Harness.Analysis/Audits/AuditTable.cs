using System.Globalization;
using Harness.Model.Safety;

namespace Harness.Analysis.Audits;

/// <summary>The audits of several policies side by side, as lines of text.</summary>
public static class AuditTable
{
    /// <summary>One breach, and the policies that have it.</summary>
    /// <param name="Text">The simplest example, as text.</param>
    /// <param name="Ending">How it ends.</param>
    /// <param name="Policies">The name and number of points of each.</param>
    public sealed record SharedBreach(string Text, string Ending, IReadOnlyList<(string Policy, int Points)> Policies);

    /// <summary>The breaches of a property without duplicates, the simplest of the first policy first.</summary>
    public static IReadOnlyList<SharedBreach> Shared(IReadOnlyList<PolicyAudit> audits, SafetyProperty property) =>
        [
            .. from audit in audits
            from breach in audit.Of(property).Breaches
            group (audit.Policy.Name, breach.Points) by (Text: breach.ToString(), breach.Ending) into same
            select new SharedBreach(same.Key.Text, same.Key.Ending, [.. same]),
        ];

    /// <summary>
    /// "mainline-6.17 to mainline-7.3 (4320 each), proposal-v3 (13824)": neighbours with the same figure are joined.
    /// </summary>
    /// <param name="audits">All audits, in order.</param>
    /// <param name="breach">The breach.</param>
    public static string Who(IReadOnlyList<PolicyAudit> audits, SharedBreach breach) =>
        Neighbours.Join([.. audits.Select(a => a.Policy.Name)], breach.Policies);

    /// <summary>
    /// A matrix: a row for each policy, a column for each property; a dot if it holds, else how many points violate it.
    /// </summary>
    public static IEnumerable<string> Matrix(
        IReadOnlyList<PolicyAudit> audits,
        IReadOnlyList<SafetyProperty> properties
    )
    {
        for (int i = 0; i < properties.Count; i++)
            yield return $"{i + 1, 2}  {properties[i].Name}: {properties[i].Says}";
        yield return "";
        int width = audits.Max(a => a.Policy.Name.Length);
        yield return new string(' ', width)
            + string.Concat(Enumerable.Range(1, properties.Count).Select(i => $"{i, 7}"));
        foreach (var audit in audits)
            yield return audit.Policy.Name.PadRight(width)
                + string.Concat(
                    audit.Results.Select(r =>
                        r.Holds ? "      ." : r.Points.ToString(CultureInfo.InvariantCulture).PadLeft(7)
                    )
                );
    }
}
