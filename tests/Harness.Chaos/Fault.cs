namespace Harness.Chaos;

/// <summary>A kind of fault.</summary>
/// <param name="Name">As in the table and in --kind.</param>
/// <param name="Does">What is done.</param>
/// <param name="Comes">What must come out of it.</param>
/// <param name="Inject">Injects it once, and checks what comes out.</param>
internal sealed record Fault(string Name, string Does, string Comes, Func<Trial, Task> Inject)
{
    /// <summary>How many times it is injected in a round of the suite: more where that is quick.</summary>
    public int Share { get; init; } = 2;

    /// <summary>The program of this machine that it needs; null: none.</summary>
    public string? Needs { get; init; }
}
