using System.Text.Json;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>
/// The properties that must be the same on both sides for verdicts to be comparable. Kernel, build, QEMU and image may
/// differ: they are the subject of the comparison.
/// </summary>
internal static class HostDifferences
{
    private const string None = "none";
    private const string ModelHash = "model hash";
    private const string Policy = "policy";

    /// <summary>This many rules are named; more would not help.</summary>
    private const int NamedRules = 8;

    public static IReadOnlyList<HostDifference> Between(ResultStore store, ComparedHost before, ComparedHost after)
    {
        var found = new List<HostDifference>();
        void Differ(string what, string? a, string? b)
        {
            if (a != b)
                found.Add(new HostDifference(what, a ?? None, b ?? None));
        }

        Differ(ModelHash, before.Run.ModelHash, after.Run.ModelHash);
        Differ("probe hash", before.Run.ProbeHash, after.Run.ProbeHash);
        Differ("kind", before.Host.Host.Kind, after.Host.Host.Kind);
        // Nothing is known about a host that never responded.
        if (!before.Answered || !after.Answered)
            return found;
        Differ(Policy, before.Host.Host.Policy, after.Host.Host.Policy);
        if (found.Any(u => u.What is ModelHash or Policy) && Rules(store, before, after) is { } rules)
            found.Add(rules);
        var (a, b) = (Capabilities(before.Host.Host.Capabilities), Capabilities(after.Host.Host.Capabilities));
        foreach (string key in a.Keys.Union(b.Keys).OrderBy(Order).ThenBy(k => k, StringComparer.Ordinal))
            Differ(Name(key), a.GetValueOrDefault(key), b.GetValueOrDefault(key));
        return found;
    }

    /// <summary>
    /// The rules that only one of the two policies has; null if they have the same, or if they were not stored.
    /// </summary>
    private static HostDifference? Rules(ResultStore store, ComparedHost before, ComparedHost after)
    {
        var a = PolicyRules.Names(store, before.Run.ModelHash, before.Host.Host.Policy!);
        var b = PolicyRules.Names(store, after.Run.ModelHash, after.Host.Host.Policy!);
        if (a.Count == 0 || b.Count == 0)
            return null;
        string[] gone = [.. a.Except(b)],
            come = [.. b.Except(a)];
        return gone.Length + come.Length == 0
            ? null
            : new HostDifference("rules of one side alone", Named(gone), Named(come));
    }

    private static string Named(string[] rules) =>
        rules.Length == 0
            ? None
            : string.Join(", ", rules.Take(NamedRules))
                + (rules.Length > NamedRules ? $" and {rules.Length - NamedRules} more" : "");

    /// <summary>"vm/243" and the like, with its value.</summary>
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
        // {"errno": 22}: the call failed.
        if (
            at.ValueKind == JsonValueKind.Object
            && path.Length > 0
            && at.EnumerateObject().Select(p => p.Name).SequenceEqual(["errno"])
        )
            leaves[path] = $"errno {at.GetProperty("errno").GetRawText()}";
        else if (at.ValueKind == JsonValueKind.Object)
            foreach (var member in at.EnumerateObject())
                Flatten(member.Value, path.Length == 0 ? member.Name : $"{path}/{member.Name}", leaves);
        else
            leaves[path] = at.GetRawText();
    }

    private static int Order(string key) =>
        int.TryParse(key[(key.LastIndexOf('/') + 1)..], out int number) ? number : int.MaxValue;

    private static string Where(string of) =>
        of == "vm" ? "of a VM"
        : of == "system" ? "of /dev/kvm"
        : of;

    private static string Name(string key)
    {
        int slash = key.LastIndexOf('/');
        string last = key[(slash + 1)..];
        string of = slash < 0 ? "" : key[..slash];
        if (!int.TryParse(last, out int number))
            return of == "registers" ? $"a vCPU's {last}" : key;
        // For a pair, "source/vm".
        string[] sides = of.Split('/', 2);
        string where = sides is ["source" or "destination", var inner] ? $"{Where(inner)}, {sides[0]}" : Where(of);
        return CapabilityNames.Find(number) is { } name
            ? $"capability {number} ({name}) {where}"
            : $"capability {number} {where}";
    }
}
