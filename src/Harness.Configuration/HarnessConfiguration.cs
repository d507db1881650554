using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Harness.Configuration;

/// <summary>What harness.json says. Attributes on the members are what the schema, and with it the check, is made of.</summary>
public sealed record HarnessConfiguration(
    [property: Description("The machines cases can run on, by name."), KeyPattern(HarnessConfiguration.Name), MinLength(1)]
    IReadOnlyDictionary<string, TargetConfiguration> Targets,
    [property: Description("Named selections of targets and cases; 'default' is what a run without arguments takes."),
        KeyPattern(HarnessConfiguration.Name)]
    IReadOnlyDictionary<string, SuiteConfiguration> Suites,
    [property: JsonPropertyName("$schema"), Description("Where an editor finds the schema.")]
    string? Schema = null)
{
    /// <summary>Names of targets and suites: they end up in file names and on command lines.</summary>
    internal const string Name = "^[a-z0-9][a-z0-9._-]*$";
}

/// <summary>A run by name.</summary>
public sealed record SuiteConfiguration(
    [property: Description("Names of targets, run side by side."), MinLength(1)]
    IReadOnlyList<string> Targets,
    [property: Description("A filter expression over cases, or null for all.")]
    string? Filter = null,
    [property: Description("The policy to judge by, or null for that of each host's kernel.")]
    string? Policy = null);
