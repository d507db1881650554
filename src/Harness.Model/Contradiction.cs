namespace Harness.Model;

/// <summary>Which rule of a policy reality contradicted.</summary>
public static class Contradiction
{
    /// <summary>
    /// The rule that must have gone the other way for the policy to have said what was seen: first among those that were
    /// on the path, latest first, then among those that were not. Where no single rule explains it, the last rule on the
    /// path of the stage that differs: the one that had the word.
    /// </summary>
    /// <param name="policy">The policy that predicted wrongly.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="agrees">Whether a prediction agrees with what was seen.</param>
    /// <param name="refused">What was seen: whether registration was refused.</param>
    public static Rule Find(Policy policy, HostFacts host, Case @case, Func<Prediction, bool> agrees, bool refused)
    {
        var prediction = policy.Predict(host, @case);
        // A refusal that no rule foresaw contradicts the acceptance, not some rule about other memory.
        if (refused && prediction.Registration == Errno.None)
            return prediction.RegistrationPath[^1];
        Rule[] fired = [.. prediction.RegistrationPath, .. prediction.Accesses.SelectMany(a => a.Path)];
        foreach (var rule in fired.Reverse().Concat(policy.AllRules.Except(fired)).Distinct())
        {
            var inverted = rule with { When = (in s) => !rule.When(in s) };
            if (agrees(policy.Replace(rule.Name, inverted).Predict(host, @case)))
                return rule;
        }
        return fired[^1];
    }
}
