namespace Harness.Chaos;

/// <summary>The kinds of faults for people, as in docs/faults.md.</summary>
internal static class FaultList
{
    public static void Write(TextWriter to, IEnumerable<Fault> faults)
    {
        to.WriteLine("| fault | what is done | what must come out |");
        to.WriteLine("|---|---|---|");
        foreach (var fault in faults)
            to.WriteLine($"| {fault.Name} | {fault.Does} | {fault.Comes} |");
    }
}
