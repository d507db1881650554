namespace Harness.Chaos;

/// <summary>What came out of all injections of one kind of fault: a row of the table.</summary>
internal sealed class Tally(Fault fault)
{
    private readonly SortedDictionary<string, int> _blame = new(StringComparer.Ordinal);

    public Fault Fault => fault;

    public int Injected { get; private set; }

    public int AtStake { get; private set; }

    public int Lost { get; private set; }

    public int Leftovers { get; private set; }

    /// <summary>Everything that was not as it must be.</summary>
    public int Wrong { get; private set; }

    public double Seconds { get; private set; }

    public IReadOnlyDictionary<string, int> Blame => _blame;

    /// <summary>Why it was not injected on this machine.</summary>
    public string? NotHere { get; set; }

    public void Add(Trial trial, TimeSpan time)
    {
        Injected += trial.Injected;
        AtStake += trial.AtStake;
        Lost += trial.Lost.Count;
        Leftovers += trial.LeftBehind.Count;
        Wrong += trial.Wrong.Count;
        Seconds += time.TotalSeconds;
        foreach (var (culprit, cases) in trial.Blame)
            _blame[culprit] = _blame.GetValueOrDefault(culprit) + cases;
    }
}
