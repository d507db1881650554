using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;

namespace Harness.Cases.Tests;

public sealed class PredictedOutcomeTests
{
    /// <summary>For every fifth case and every lifecycle case: the stored prediction equals the prediction.</summary>
    [Test]
    public void Every_prediction_survives_its_JSON_form()
    {
        HostFacts[] hosts = [HostFacts.All[0], HostFacts.All[^1], HostFacts.All[^1] with { Mode = KvmMode.Protected }];
        Policy[] policies = [PolicyCatalog.All[0], PolicyCatalog.Newest];
        var seen = new HashSet<string>();
        foreach (var c in AllCases.Cases.Where((_, i) => i % 5 == 0).Concat(AllCases.LifecycleCases))
        foreach (var policy in policies)
        foreach (var host in hosts)
        {
            var outcome = policy.Predict(host, c).Outcome;
            string json = outcome.ToJson();
            if (!seen.Add(json))
                continue;
            var read = CaseOutcome.Parse(json);
            if (read != outcome || read.ToJson() != json || read.ToString() != outcome.ToString())
                Assert.Fail($"{c.Key} under {policy.Name}: {json} reads as {read}, and is {outcome}");
        }
        Assert.That(seen, Has.Count.GreaterThan(200));
    }
}
