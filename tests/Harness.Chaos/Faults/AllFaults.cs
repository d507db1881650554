namespace Harness.Chaos.Faults;

/// <summary>Every kind of fault, in the order of the table.</summary>
internal static class AllFaults
{
    public static IReadOnlyList<Fault> Table { get; } =
    [
        .. NetworkFaults.All,
        .. ServerFaults.All,
        .. HostFaults.All,
        .. ProbeFaults.All,
        .. MachineFaults.All,
        .. LyingFaults.All,
        .. HarnessFaults.All,
        .. StoreFaults.All,
        .. ImageFaults.All,
    ];

    public static Fault Named(string name) => Table.Single(f => f.Name == name);
}
