using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public class HotplugFamilyTests
{
    private static readonly ProbeAbilities All = new(Exporter: true, Descriptor: true, Trace: true);

    private static IReadOnlyList<AttributeCase> Cases =>
        [.. AllCases.Families.Single(f => f.Name == "hotplug").Cases.Cast<AttributeCase>()];

    [Test]
    public void All_cases_have_memory_that_can_be_hot_added_and_run_alone()
    {
        Assert.That(Cases, Has.Count.InRange(80, 150));
        foreach (var c in Cases.Where(c => c.Backing.Memory == KernelMap.Known || c.Change is not null))
            Assert.That(CaseCompiler.Compile(c, All).Program.Alone, Is.True, c.Key);
        Assert.That(Cases.Select(c => c.Backing.Provider), Is.All.EqualTo(Provider.Hotplug));
    }

    /// <summary>What is known is added before the process maps it; nothing else is.</summary>
    [Test]
    public void Memory_is_added_before_it_is_mapped_if_it_is_known_from_the_beginning()
    {
        foreach (var c in Cases)
        {
            var steps = CaseCompiler.Compile(c, All).Program.Steps.ToList();
            int export = steps.FindIndex(s => s is ExportStep { Memory: ExportedMemory.Hotplug });
            var before = steps.Take(export).OfType<HotplugStep>().ToList();
            Assert.That(export, Is.Positive, c.Key);
            Assert.That(
                before.Select(s => s.Added),
                Is.EqualTo(c.Backing.Memory == KernelMap.Known ? [true] : Array.Empty<bool>()),
                c.Key
            );
        }
    }

    [Test]
    public void A_change_adds_or_removes_it_after_the_guest_s_first_run()
    {
        foreach (var c in Cases.Where(c => c.Change is not null))
        {
            var steps = CaseCompiler.Compile(c, All).Program.Steps.ToList();
            int first = steps.FindIndex(s => s is RunStep);
            var change = (HotplugStep)steps[steps.FindIndex(first, s => s is HotplugStep)];
            Assert.That(change.Added, Is.EqualTo(c.Change!.Kind == ChangeKind.AddMemory), c.Key);
            Assert.That(steps.IndexOf(change), Is.LessThan(steps.FindLastIndex(s => s is RunStep)), c.Key);
        }
    }

    [TestCase(KernelMap.Known, ChangeKind.AddMemory)]
    [TestCase(KernelMap.Unknown, ChangeKind.RemoveMemory)]
    public void What_is_the_kernel_s_is_not_added_and_what_is_not_is_not_removed(KernelMap memory, ChangeKind kind)
    {
        var c = Cases.First(c => c.Change is not null);
        Assert.That(
            (
                (AccessCase)c with
                {
                    Backing = c.Backing with { Memory = memory },
                    Change = new LiveChange(kind),
                }
            ).UnsupportedReason,
            Is.EqualTo("only memory of its provider is hot-added, once, and removed")
        );
    }
}
