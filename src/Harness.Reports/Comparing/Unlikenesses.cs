using System.Text.Json;

namespace Harness.Reports.Comparing;

/// <summary>What must be the same on both sides, or verdicts are not comparable. Kernel, build, QEMU and image may differ: that is what one compares.</summary>
internal static class Unlikenesses
{
    private const string None = "none";

    public static IReadOnlyList<Unlikeness> Between(ComparedHost before, ComparedHost after)
    {
        var found = new List<Unlikeness>();
        void Differ(string what, string? a, string? b)
        {
            if (a != b)
                found.Add(new Unlikeness(what, a ?? None, b ?? None));
        }

        Differ("model hash", before.Run.ModelHash, after.Run.ModelHash);
        Differ("probe hash", before.Run.ProbeHash, after.Run.ProbeHash);
        Differ("kind", before.Host.Host.Kind, after.Host.Host.Kind);
        // Of a host that never answered nothing is known that could differ.
        if (!before.Answered || !after.Answered)
            return found;
        Differ("policy", before.Host.Host.Policy, after.Host.Host.Policy);
        var (a, b) = (Capabilities(before.Host.Host.Capabilities), Capabilities(after.Host.Host.Capabilities));
        foreach (string key in a.Keys.Union(b.Keys).OrderBy(Order).ThenBy(k => k, StringComparer.Ordinal))
            Differ(Name(key), a.GetValueOrDefault(key), b.GetValueOrDefault(key));
        return found;
    }

    /// <summary>"vm/243" and the like, to its value.</summary>
    private static Dictionary<string, string> Capabilities(string? json)
    {
        var leaves = new Dictionary<string, string>();
        if (json is null)
            return leaves;
        using var document = JsonDocument.Parse(json);
        Flatten(document.RootElement, "", leaves);
        return leaves;
    }

    private static void Flatten(JsonElement at, string path, Dictionary<string, string> leaves)
    {
        // {"errno": 22}: the answer is an error.
        if (at.ValueKind == JsonValueKind.Object && path.Length > 0 && at.EnumerateObject().Select(p => p.Name).SequenceEqual(["errno"]))
            leaves[path] = $"errno {at.GetProperty("errno").GetRawText()}";
        else if (at.ValueKind == JsonValueKind.Object)
            foreach (var member in at.EnumerateObject())
                Flatten(member.Value, path.Length == 0 ? member.Name : $"{path}/{member.Name}", leaves);
        else
            leaves[path] = at.GetRawText();
    }

    private static int Order(string key) => int.TryParse(key[(key.LastIndexOf('/') + 1)..], out int number) ? number : int.MaxValue;

    private static string Name(string key)
    {
        int slash = key.LastIndexOf('/');
        string last = key[(slash + 1)..];
        string of = slash < 0 ? "" : key[..slash];
        if (!int.TryParse(last, out int number))
            return of == "registers" ? $"a vCPU's {last}" : key;
        string where = of == "vm" ? "of a VM" : of == "system" ? "of /dev/kvm" : of;
        return CapabilityNames.Find(number) is { } name ? $"capability {number} ({name}) {where}" : $"capability {number} {where}";
    }
}
