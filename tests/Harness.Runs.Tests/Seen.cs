using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Judging;
using Harness.Tests;

namespace Harness.Runs.Tests;

/// <summary>Observations as a probe would return them, written by hand.</summary>
internal static class Seen
{
    private const int Einval = 22;

    public const ulong NormalRwxFwb = 0x0000_0000_b214_47db; // MemAttr 6, S2AP rw, SH 3, AF, XN 0
    public const ulong NormalRwFwb = 0x0040_0000_b214_47db;
    public const ulong DeviceRw = 0x0040_0000_b214_47c7; // MemAttr 1
    public const ulong NormalRwNoFwb = 0x0040_0000_b214_47ff; // MemAttr 15

    public static AccessCase Grace(params Access[] accesses) =>
        new(
            new Backing(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false),
            true,
            SlotFlags.None,
            new AccessList(accesses.Length == 0 ? [Access.Read] : accesses)
        );

    public static Observation Refused(Case c, int errno) => Completed(c, new MemslotResult { Errno = errno });

    /// <summary>The abilities of the host with these observations.</summary>
    public static ProbeAbilities Abilities { get; } =
        new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true);

    /// <summary>The case as it is compiled for such a host.</summary>
    public static CompiledCase Compiled(Case c) => CaseCompiler.Compile(c, Abilities);

    /// <summary>
    /// The result of the case's program: each answer is used for the next step with a result of its type. All other
    /// steps succeeded without a descriptor or a trace. The program ends with a step with an ending error, or before a
    /// run without an answer.
    /// </summary>
    public static Observation Completed(Case c, params StepResult[] answers)
    {
        var steps = new List<StepResult>();
        int next = 0;
        foreach (var step in Compiled(c).Program.Steps)
        {
            var result = EmptyResult.Of(step, step is Stage2Step ? Einval : 0);
            if (next < answers.Length && answers[next].GetType() == result.GetType())
                result = answers[next++];
            else if (step is RunStep && next == answers.Length)
                break;
            steps.Add(result);
            if (result.Errno != 0 && step.OnError != OnError.Continue)
                break;
        }
        Assert.That(
            next,
            Is.EqualTo(answers.Length),
            $"{c.Key} has no step for the answer {(next < answers.Length ? answers[next] : null)}"
        );
        return new Observation(c.Id, ObservationEnd.Completed, null, 1000, steps, []);
    }

    /// <summary>The results of the steps of the case's program, one after the other.</summary>
    public static Observation Whole(Case c, params StepResult[] steps) =>
        new(c.Id, ObservationEnd.Completed, null, 1000, steps, []);

    /// <summary>For a case that was compiled for such a host.</summary>
    public static Verdict Decide(this Judge judge, Case c, Observation observation) =>
        judge.Decide(Compiled(c), observation);

    /// <inheritdoc cref="Decide"/>
    public static ObservedCase Read(this ObservationReader reader, Case c, Observation observation) =>
        reader.Read(Compiled(c), observation);

    public static RunResult Report(uint status) => new(6, CaseLayout.ReportAddress, 4, true, status);

    public static RunResult Mmio(ulong address, bool write) =>
        new(6, address, 4, write, write ? CaseLayout.StoredValue : 0);

    public static Stage2Result Descriptor(ulong raw, bool valid = true, int level = 3) =>
        new(valid, raw, level, 0, 1, 40);

    public static GetRegistersResult Registers(
        ulong esr,
        ulong elr,
        ulong vector = 0x200,
        ulong? x16 = null,
        ulong? x17 = null
    )
    {
        var registers = new Dictionary<GuestRegister, ulong>
        {
            [GuestRegister.X10] = esr,
            [GuestRegister.X11] = 0,
            [GuestRegister.X12] = elr,
            [GuestRegister.X13] = vector,
        };
        if (x16 is { } first)
            registers[GuestRegister.X16] = first;
        if (x17 is { } last)
            registers[GuestRegister.X17] = last;
        return new GetRegistersResult(registers);
    }

    public static TraceResult Trace(params (string Name, ulong Prot)[] events) => Trace(4096, events);

    public static TraceResult Trace(ulong size, params (string Name, ulong Prot)[] events) =>
        new(true, null, [.. events.Select(e => new TraceEvent(e.Name, CaseLayout.TestAddress, size, Prot: e.Prot))]);

    /// <summary>A completed read, with the descriptor after it.</summary>
    public static Observation ReadMapped(Case c, ulong descriptor) =>
        Completed(c, new MemslotResult(), Report(0x100), Descriptor(descriptor), Registers(0, 0));
}
