using BenchmarkDotNet.Attributes;
using Harness.Analysis.Audits;
using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Safety;

namespace Harness.Bench;

/// <summary>The whole input space of one policy: what it costs to decide it, and what is made of that.</summary>
[MemoryDiagnoser]
public class Walks
{
    private static readonly Policy Kernel = Mainline.V7_2;

    private readonly IReadOnlyList<AttributeCase> _cases = CaseSpace.Buildable;

    /// <summary>Every case on every host, without a word.</summary>
    [Benchmark(Baseline = true)]
    public int Decide()
    {
        int refused = 0;
        foreach (var c in _cases)
        foreach (var host in HostFacts.All)
        {
            Kernel.Decide(host, c, out var decision);
            refused += (int)decision.Registration;
        }
        return refused;
    }

    /// <summary>As before, each with the rules that led there: what a run stores.</summary>
    [Benchmark]
    public int Predict()
    {
        int accesses = 0;
        foreach (var c in _cases)
        foreach (var host in HostFacts.All)
            accesses += Kernel.Predict(host, c).Accesses.Count;
        return accesses;
    }

    /// <summary>Every safety property asked of every point, and of every two hosts.</summary>
    [Benchmark]
    public int AuditAll() => Audit.Of(Kernel, _cases, SafetyProperties.All).Results.Count(r => r.Holds);

    /// <summary>Every mutant walked until it is told apart, or through everything that it could touch.</summary>
    [Benchmark]
    public int Cover() => PolicyCoverage.Of(Kernel, _cases).Count(MutantResult.Killed);
}
