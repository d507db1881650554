namespace Harness.Runs.Bisecting;

/// <summary>How a bisection ended.</summary>
public enum BisectState
{
    /// <summary>A version that behaves like the good one, directly followed by one that does not.</summary>
    Found,

    /// <summary>As before, but versions between the two could not be tested.</summary>
    Narrowed,

    /// <summary>The good and the bad version behave the same.</summary>
    NoDifference,

    /// <summary>The good or the bad version could not be tested.</summary>
    NoEnds,
}

/// <summary>The end of a bisection.</summary>
/// <param name="State">How.</param>
/// <param name="LastSame">The last version known to behave like the good one.</param>
/// <param name="FirstDifferent">The first version known not to.</param>
public sealed record BisectEnd(BisectState State, string LastSame, string FirstDifferent);

/// <summary>
/// Finds the first version in a sequence that behaves differently from the first one. Like git bisect, it assumes that
/// the change persists, and tries a neighbour of a version that can't be tested.
/// </summary>
/// <param name="ask">Tests a version. Called at most once for each.</param>
public sealed class Bisection(Func<string, Task<BisectAnswer>> ask)
{
    private readonly Dictionary<string, Task<BisectAnswer>> _answers = [];

    /// <summary>The results of the versions that were tested.</summary>
    public IReadOnlyDictionary<string, BisectAnswer> Answers =>
        _answers.Where(a => a.Value.IsCompletedSuccessfully).ToDictionary(a => a.Key, a => a.Value.Result);

    /// <param name="versions">In order, at least two: the first is good, the last is bad.</param>
    public async Task<BisectEnd> SearchAsync(IReadOnlyList<string> versions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(versions.Count, 2, nameof(versions));
        int low = 0,
            high = versions.Count - 1;
        BisectEnd End(BisectState state) => new(state, versions[low], versions[high]);

        var ends = await Task.WhenAll(AskAsync(versions[low]), AskAsync(versions[high])).ConfigureAwait(false);
        if (ends[0].Did is not { } good || ends[1].Did is not { } bad)
            return End(BisectState.NoEnds);
        if (good.SameAs(bad))
            return End(BisectState.NoDifference);
        while (Next(versions, low, high) is { } at)
        {
            if ((await AskAsync(versions[at]).ConfigureAwait(false)).Did is not { } did)
                continue;
            if (did.SameAs(good))
                low = at;
            else
                high = at;
        }
        return End(high - low == 1 ? BisectState.Found : BisectState.Narrowed);
    }

    private Task<BisectAnswer> AskAsync(string version)
    {
        if (!_answers.TryGetValue(version, out var answer))
            _answers[version] = answer = ask(version);
        return answer;
    }

    /// <summary>The version nearest to the middle that can still be tested.</summary>
    private int? Next(IReadOnlyList<string> versions, int low, int high)
    {
        var open = Enumerable
            .Range(low + 1, high - low - 1)
            .Where(i => !_answers.TryGetValue(versions[i], out var known) || known.Result.Did is not null)
            .ToList();
        return open.Count == 0 ? null : open.MinBy(i => Math.Abs((2 * i) - low - high));
    }
}
