using Harness.Cases;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;
using Operation = Harness.Model.Ownership.Operation;

namespace Harness.Runs.Tests;

/// <summary>A host with an IPA limit below 40 bits: it refuses a VM of type 0, which means 40.</summary>
public class SmallAddressesTests
{
    private const int Einval = 22;
    private const int Bits = 36;

    private static readonly Case[] Cases =
    [
        AllCases.Find("pfnmap:unknown:wb:shared vma=rw slot=none read")!,
        AllCases.AttributeCases.First(c => c.Placement == Placement.BeyondIpa),
        AllCases.Find("anonymous:private vma=rw slot=none write,write then=move")!,
        new LifecycleCase(Backing.Plain, true, VmKind.Ordinary, new OperationList(Operation.Create, Operation.Bind)),
    ];

    [Test]
    public async Task Every_case_gets_its_VM_and_none_needs_addresses_that_it_does_not_have()
    {
        var host = new FakeHost { Answer = Answer, Facts = FactsReaderTests.WithAddresses(Bits) };
        var notes = new Notes();
        await using var session = host.Session(notes, TimeSpan.FromMilliseconds(200));
        var run = new HostRun(session, notes);

        Assert.That(await run.ExecuteAsync(Cases, default), Is.Null);
        Assert.That(
            notes.Verdicts.Select(v => (v.Value.Kind, v.Value.Reason)),
            Is.All.EqualTo((VerdictKind.Match, ""))
        );
        Assert.That(notes.Verdicts, Has.Count.EqualTo(Cases.Length));
    }

    [Test]
    public void Without_the_IPA_limit_of_the_host_no_case_would_run()
    {
        var program = CaseCompiler.Compile(Cases[0], new ProbeAbilities(true, true, true)).Program;

        Assert.That(Answer(program).End, Is.EqualTo(ObservationEnd.SetupFailed));
    }

    /// <summary>
    /// The result of a kernel with this IPA limit: kvm_init_stage2_mmu() and kvm_arch_prepare_memory_region().
    /// </summary>
    private static Observation Answer(ProbeProgram program)
    {
        var c = Cases.Single(c => c.Id == program.Case);
        var steps = new List<StepResult>();
        int runs = 0;
        foreach (var step in program.Steps)
        {
            int errno = step switch
            {
                VmStep vm => vm.Type is Bits ? 0 : Einval,
                MemslotStep slot when slot.Gpa + slot.Size > 1ul << Bits => 14,
                _ => 0,
            };
            steps.Add(
                step switch
                {
                    RunStep when runs++ > 0 => Seen.Mmio(CaseLayout.TestAddress, write: true),
                    RunStep => Seen.Report(0x100),
                    Stage2Step => Seen.Descriptor(Seen.NormalRwxFwb, valid: steps[^1] is not MemslotResult),
                    GetRegistersStep => Seen.Registers(0, 0),
                    TraceStep => Seen.Trace(),
                    _ => EmptyResult.Of(step, errno),
                }
            );
            if (errno != 0 && step.OnError != OnError.Continue)
                return new Observation(
                    program.Case,
                    step.OnError == OnError.End ? ObservationEnd.Completed : ObservationEnd.SetupFailed,
                    $"{step.Op}: errno {errno}",
                    1,
                    steps,
                    []
                );
        }
        return Seen.Whole(c, [.. steps]);
    }
}
