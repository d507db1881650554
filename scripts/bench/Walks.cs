using BenchmarkDotNet.Attributes;
using Harness.Analysis.Audits;
using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Safety;

namespace Harness.Bench;

/// <summary>The whole input space of one policy: the cost of deciding it, and of what is built on that.</summary>
[MemoryDiagnoser]
public class Walks
{
    private static readonly Policy Kernel = Mainline.V7_2;

    private readonly IReadOnlyList<AttributeCase> _cases = CaseSpace.Buildable;

    /// <summary>Every case on every host, without text.</summary>
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

    /// <summary>As above, each with its rules on the path: what a run stores.</summary>
    [Benchmark]
    public int Predict()
    {
        int accesses = 0;
        foreach (var c in _cases)
        foreach (var host in HostFacts.All)
            accesses += Kernel.Predict(host, c).Accesses.Count;
        return accesses;
    }

    /// <summary>Every safety property at every point, and for every two hosts.</summary>
    [Benchmark]
    public int AuditAll() => Audit.Of(Kernel, _cases, SafetyProperties.All).Results.Count(r => r.Holds);

    /// <summary>Every mutant walked until it is killed, or through every point that it could affect.</summary>
    [Benchmark]
    public int Cover() => PolicyCoverage.Of(Kernel, _cases).Count(MutantResult.Killed);
}
