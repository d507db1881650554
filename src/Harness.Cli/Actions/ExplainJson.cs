using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>An explanation for programs: a line for each policy and each kind of host.</summary>
internal static class ExplainJson
{
    public static void Write(TextWriter output, Case c, IReadOnlyList<Policy> policies, IReadOnlyList<HostFacts> hosts)
    {
        foreach (var policy in policies)
        {
            var prediction = policy.Predict(hosts[0], c);
            JsonLine.Write(
                output,
                new
                {
                    Type = "explanation",
                    CaseId = c.Id,
                    Case = c.Key,
                    Words = CaseSentence.Of(c),
                    Policy = policy.Name,
                    Hosts = hosts.Select(h => c is not LifecycleCase ? h.Features : h.ToString()),
                    prediction.Outside,
                    Registration = new
                    {
                        Errno = prediction.Registration.ToString(),
                        Path = prediction.RegistrationPath.Select(Rule),
                    },
                    Change = prediction.Change is null
                        ? null
                        : new
                        {
                            Change = CaseText.Word(prediction.Change.Change),
                            Errno = prediction.Change.Errno.ToString(),
                            Left = prediction.Change.Left.ToString(),
                            Path = prediction.Change.Path.Select(Rule),
                        },
                    Accesses = prediction.Accesses.Select(a => new
                    {
                        Access = CaseText.Word(a.Access),
                        Outcome = a.Outcome.ToString(),
                        Path = a.Path.Select(Rule),
                    }),
                    Steps = prediction.Program.Select(s => new
                    {
                        Step = s.Step.ToString(),
                        Outcome = OutcomeText.Of(s.Part),
                        Path = s.Path.Select(Rule),
                    }),
                    Operations = prediction.Operations.Select(a => new
                    {
                        Operation = OperationText.Word(a.Operation),
                        Outcome = a.Outcome.ToString(),
                        Page = PageText.Of(a.After),
                        Transition = Rule(a.By),
                    }),
                    Capability = prediction.Capability is not { } capability
                        ? null
                        : new
                        {
                            capability.OnSystem,
                            capability.OnVm,
                            Rule = Rule(capability.Of.Statement),
                        },
                    SlotCalls = prediction.SlotCalls.Select(call => new
                    {
                        Call = call.Call.Name,
                        Outcome = OutcomeText.Of(call.Part),
                        Rule = Rule(call.By),
                    }),
                    Nested = prediction.NestedActs.Select(a => new
                    {
                        Act = a.Part.Act,
                        Outcome = OutcomeText.Of(a.Part),
                        Path = a.Path.Select(Rule),
                    }),
                    Aborts = prediction.AbortActs.Select(a => new
                    {
                        Act = a.Part.Act,
                        Outcome = OutcomeText.Of(a.Part),
                        Path = a.Path.Select(Rule),
                    }),
                    Ring = prediction.RingActs.Select(a => new
                    {
                        Act = a.Part.Act,
                        Outcome = OutcomeText.Of(a.Part),
                        Path = a.Path.Select(Rule),
                    }),
                    Tags = prediction.TagActs.Select(a => new
                    {
                        Act = a.Part.Act,
                        Outcome = OutcomeText.Of(a.Part),
                        Path = a.Path.Select(Rule),
                    }),
                    Caches = prediction.CacheActs.Select(a => new
                    {
                        Act = a.Part.Act,
                        Outcome = OutcomeText.Of(a.Part),
                        Path = a.Rules.Select(Rule),
                    }),
                    Guest = c is GuestCase { Use: var use }
                    && prediction.Accesses is [.., { Outcome: { Kind: OutcomeKind.Mapped } last }]
                        ? GuestExpectation
                            .Of(new GuestView(use.StageOne, last.Leaf, hosts[0].Fwb), use.Operation)
                            .ToString()
                        : null,
                }
            );
        }
    }

    private static object Rule(Statement rule) =>
        new
        {
            rule.Name,
            rule.Says,
            Source = rule.Source.ToString(),
        };
}
