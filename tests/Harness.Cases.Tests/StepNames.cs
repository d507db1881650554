using Harness.Protocol;

namespace Harness.Cases.Tests;

/// <summary>The variables that a step sets and uses, by the names of its properties.</summary>
internal static class StepNames
{
    private static readonly string[] Used =
    [
        "Fd",
        "Device",
        "Container",
        "Group",
        "Over",
        "Map",
        "Vm",
        "Vcpu",
        "Exporter",
    ];

    /// <summary>The variable that it sets, or null.</summary>
    public static string? Set(Step step) => step.GetType().GetProperty("As")?.GetValue(step) as string;

    /// <summary>The variables that it uses.</summary>
    public static IEnumerable<string> Uses(Step step) =>
        [
            .. Used.Select(name => step.GetType().GetProperty(name)?.GetValue(step)).OfType<string>(),
            .. step is UdmaBufStep udmabuf ? [udmabuf.Memory] : Array.Empty<string>(),
            .. step is MemslotStep { Binding.GuestMemory: { } memory } ? [memory] : Array.Empty<string>(),
        ];

    /// <summary>Each variable is set once, before it is used.</summary>
    public static void AssertSetBeforeUsed(IEnumerable<Step> steps, string key)
    {
        var set = new HashSet<string>();
        foreach (var step in steps)
        {
            foreach (string name in Uses(step))
                Assert.That(set, Does.Contain(name), $"{key}: {step.Op}");
            if (Set(step) is { } made)
                Assert.That(set.Add(made), $"{key}: '{made}' is set twice");
        }
    }
}
