using System.Diagnostics;
using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model.Ownership.Machines;

namespace Harness.Analysis.Tests.Coverage;

public class MachineCoverageTests
{
    [Test]
    public void Try()
    {
        foreach (var machine in Arm64.All)
        {
            var watch = Stopwatch.StartNew();
            var walk = new LifeWalk(machine, AllCases.Lives, MachineCoverage.Hosts);
            File.AppendAllText("/tmp/vt/out.txt", "\n" + $"{machine}: {walk.Moments} moments {watch.ElapsedMilliseconds} ms");
            var found = MachineCoverage.Of(machine, AllCases.Lives);
            File.AppendAllText("/tmp/vt/out.txt", "\n" + $"  {found.Transitions.Count(t => t.Taken > 0)} of {found.Transitions.Count} taken; {found.Count(Fate.Killed)} killed, {found.Count(Fate.Equivalent)} eq, {found.Count(Fate.Left)} left, {watch.ElapsedMilliseconds} ms");
            foreach (var t in found.Transitions.Where(t => t.Taken == 0)) File.AppendAllText("/tmp/vt/out.txt", "\n" + $"  not taken: {t.Transition.Name}; moments {walk.Of(t.Transition.Name).Count}");
            foreach (var m in found.Mutants.Where(m => m.Fate != Fate.Killed)) File.AppendAllText("/tmp/vt/out.txt", "\n" + $"  {m.Fate}: {m.Mutant}: {m.Reason}");
        }
    }
}
