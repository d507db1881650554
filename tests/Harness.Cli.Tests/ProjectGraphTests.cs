using System.Xml.Linq;

namespace Harness.Cli.Tests;

/// <summary>Which project may reference which. A new reference must be added here.</summary>
public class ProjectGraphTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Model"] = [],
        ["Protocol"] = [],
        ["Processes"] = [],
        ["Store"] = [],
        ["Probe"] = ["Protocol"],
        ["Cases"] = ["Model", "Protocol"],
        ["Analysis"] = ["Cases", "Model"],
        ["Findings"] = ["Cases", "Model", "Protocol", "Reproducers", "Runs", "Store"],
        ["Images"] = ["Processes"],
        ["Targets"] = ["Processes", "Protocol"],
        ["Runs"] = ["Cases", "Model", "Protocol", "Store", "Targets"],
        ["Reports"] = ["Model", "Store"],
        ["Site"] = ["Analysis", "Cases", "Model", "Reports", "Runs", "Store"],
        ["Reproducers"] = ["Cases", "Model", "Protocol"],
        ["Cli"] =
        [
            "Analysis",
            "Cases",
            "Findings",
            "Images",
            "Model",
            "Reports",
            "Reproducers",
            "Runs",
            "Site",
            "Store",
            "Targets",
        ],
    };

    [Test]
    public void Every_project_references_those_of_the_table_and_no_other()
    {
        string sources = Path.Combine(Installation.Root!, "src");
        var found = Directory
            .EnumerateFiles(sources, "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(
                p => Path.GetFileNameWithoutExtension(p)["Harness.".Length..],
                p =>
                    XDocument
                        .Load(p)
                        .Descendants("ProjectReference")
                        // A build dependency without a reference: the probe, which Targets embeds as a file.
                        .Where(r => r.Attribute("ReferenceOutputAssembly")?.Value != "false")
                        .Select(r =>
                            Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)["Harness.".Length..]
                        )
                        .Order()
                        .ToArray()
            );

        Assert.That(found.Keys, Is.EquivalentTo(Arrows.Keys));
        foreach (var (project, references) in Arrows)
            Assert.That(found[project], Is.EqualTo(references), project);
    }
}
