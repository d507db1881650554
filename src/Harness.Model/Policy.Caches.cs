using Harness.Model.Caches;

namespace Harness.Model;

public sealed partial class Policy
{
    /// <summary>
    /// As <see cref="Predict(HostFacts, Case)"/>, with lines that are maintained otherwise than they are.
    /// </summary>
    public Prediction Predict(HostFacts host, CacheCase @case, LineCare care)
    {
        if (@case.UnsupportedReason is { } why)
            return new Prediction(Name, why, Errno.None, [], []);
        var (errno, path) = Register(new Situation(host, @case.Setting));
        var prediction = new Prediction(Name, null, errno, RulesOf(path), []);
        if (errno != Errno.None)
            return prediction;
        var state = new CacheState(this, host, @case, care);
        return prediction with { CacheActs = [.. @case.Acts.Span.ToArray().Select(state.Take)] };
    }
}
