using System.Globalization;
using System.Text.Json;
using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Cases.Migrations;

namespace Harness.Cli.Configuration;

/// <summary>Checks that a filter in harness.json is valid.</summary>
internal static class FilterCheck
{
    /// <param name="check">Collects the errors.</param>
    /// <param name="of">The object that may have the filter.</param>
    /// <param name="member">The filter's name there.</param>
    /// <param name="path">Of the object.</param>
    /// <param name="pairs">Whether it is a filter over migrations.</param>
    public static void Check(SchemaCheck check, JsonSpot of, string member, string path, bool pairs)
    {
        if (of.Member(member) is not { Kind: JsonTokenType.String } filter)
            return;
        string at = SchemaCheck.Join(path, member);
        if (string.IsNullOrWhiteSpace(filter.Text))
        {
            check.Fault(filter.Line, at, "it is empty (allowed: an expression; \"*\" is every case)");
            return;
        }
        try
        {
            CaseFilter.Parse(filter.Text, pairs ? AllMigrations.FilterKeys : AllCases.FilterKeys);
        }
        catch (FilterException e)
        {
            check.Fault(
                filter.Line,
                at,
                string.Create(CultureInfo.InvariantCulture, $"'{e.Text}', at {e.Position}: {e.What}")
            );
        }
    }
}
