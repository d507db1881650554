using System.Text.Json;

namespace Harness.Cli.Configuration;

/// <summary>Reads known-differences.json, which is beside harness.json.</summary>
public static class KnownDifferencesFile
{
    public const string Name = "known-differences.json";

    /// <exception cref="ConfigurationException">It can't be read, or has errors: all of them are listed.</exception>
    public static KnownDifferencesConfiguration Load(string path) => Parse(ConfigurationFile.Bytes(path), path);

    /// <summary>As <see cref="Load"/>, for bytes already read.</summary>
    public static KnownDifferencesConfiguration Parse(byte[] utf8, string path)
    {
        var check = new SchemaCheck(path);
        if (ConfigurationFile.Tree(utf8, check) is { } root)
        {
            check.Check(root, ConfigurationSchema.CreateKnown(), "");
            CheckNames(root, check);
        }
        return check.Faults.Count > 0
            ? throw new ConfigurationException([.. check.Faults.OrderBy(f => f.Line)])
            : JsonSerializer.Deserialize<KnownDifferencesConfiguration>(
                ConfigurationFile.WithoutMark(utf8),
                ConfigurationSchema.Options
            )!;
    }

    /// <summary>An entry as written in the file.</summary>
    public static string Text(KnownDifferenceConfiguration entry) =>
        JsonSerializer.Serialize(entry, ConfigurationSchema.Options);

    private static void CheckNames(JsonSpot root, SchemaCheck check)
    {
        var names = new Dictionary<string, int>();
        var entries = root.Member("differences")?.Items ?? [];
        for (int i = 0; i < entries.Count; i++)
            if (entries[i].Member("name") is { Kind: JsonTokenType.String } name && !names.TryAdd(name.Text, name.Line))
                check.Fault(
                    name.Line,
                    $"differences[{i}].name",
                    $"{name.Shown} already exists, in line {names[name.Text]}"
                );
    }
}
