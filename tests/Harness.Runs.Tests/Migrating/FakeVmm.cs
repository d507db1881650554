using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;
using Harness.Tests;

namespace Harness.Runs.Tests.Migrating;

/// <summary>
/// Executes both sides of a migration like a probe with a guest that finds everything unchanged; a test can override
/// single steps.
/// </summary>
/// <param name="descriptor">The stage-2 descriptor after every access; null if it can't be read.</param>
internal sealed class FakeVmm(ulong? descriptor = null)
{
    public const int Einval = 22;

    private static readonly AccessCase Ordinary = new(
        Backing.Plain,
        true,
        SlotFlags.None,
        new AccessList(Access.Write)
    );

    /// <summary>Plain memory: resumes everywhere.</summary>
    public static Migration Plain { get; } = Migration.Of(Ordinary);

    /// <summary>A driver's cacheable memory outside the kernel's memory map, which requires FWB.</summary>
    public static Migration Device { get; } = Migration.Of(Seen.Grace());

    public static ProbeAbilities All { get; } = new(Exporter: true, Descriptor: true, Trace: false, Secretmem: true);

    /// <summary>
    /// Overrides the result of a step: given the step, how many of its name came before it, and its default result.
    /// </summary>
    public Func<Step, int, StepResult, StepResult> But { get; init; } = (_, _, would) => would;

    /// <summary>The values of KVM_CHECK_EXTENSION.</summary>
    public Func<int, int> Capability { get; init; } = _ => 1;

    public Observation Run(ProbeProgram program)
    {
        bool back = program.Steps.OfType<RestoreRegistersStep>().Any();
        var results = new List<StepResult>();
        for (int i = 0; i < program.Steps.Count; i++)
        {
            var step = program.Steps[i];
            int before = results.Count(r => r.Op == step.Op);
            var result = But(step, before, Usual(program, step, before, back));
            results.Add(result);
            if (result.Errno != 0 && step.OnError == OnError.End)
                break;
            if (result.Errno != 0 && step.OnError == OnError.Fail)
                return new Observation(
                    program.Case,
                    ObservationEnd.SetupFailed,
                    $"step {i} ({step.Op}) failed with {result.Errno}",
                    1000,
                    results,
                    []
                );
        }
        return new Observation(program.Case, ObservationEnd.Completed, null, 1000, results, []);
    }

    /// <summary>The registers after the guest's reports.</summary>
    public static GetRegistersResult Registers(ulong wrong = 0, ulong first = 0, ulong esr = 0, ulong vector = 0x200) =>
        Seen.Registers(esr, 0, vector, first, wrong);

    /// <summary>The program reads the vCPU's registers, and is not part of a migration.</summary>
    public static bool IsQuestion(ProbeProgram program) => program.Case == "registers";

    private StepResult Usual(ProbeProgram program, Step step, int before, bool back) =>
        step switch
        {
            RunStep => Seen.Report((uint)(0x100 + before + (back ? BackOf(program) : 0))),
            Stage2Step => descriptor is { } raw && !AfterSwitch(program, step)
                ? Seen.Descriptor(raw)
                : new Stage2Result { Errno = Einval },
            GetRegistersStep => Registers(),
            SaveRegistersStep => new SaveRegistersResult(
                [new(0x6030000000100040, [7, 0, 0, 0, 0, 0, 0, 0]), new(0x603000000013df11, [9, 0, 0, 0, 0, 0, 0, 0])],
                []
            ),
            RestoreRegistersStep => new RestoreRegistersResult([]),
            SavePagesStep => new SavePagesResult([new SavedPage((ulong)before * 4096, [0, 0, 0])], 4096),
            DirtyPagesStep => new DirtyPagesResult([new SavedPage((ulong)before * 4096, [0, 0, 0])], 4096),
            ExtensionStep extension => new ExtensionResult(Capability(extension.Capability)),
            RegisterMasksStep => new RegisterMasksResult { Errno = Einval },
            _ => EmptyResult.Of(step),
        };

    /// <summary>These tests don't depend on the mapping after logging is enabled.</summary>
    private static bool AfterSwitch(ProbeProgram program, Step step)
    {
        int at = program.Steps.ToList().FindIndex(s => ReferenceEquals(s, step));
        return program.Steps[at - 1] is MemslotStep;
    }

    /// <summary>
    /// The guest's first report on the destination. If memory was sent more than once, the guest was running meanwhile.
    /// </summary>
    private static int BackOf(ProbeProgram program) =>
        MigrationCompiler.Guest(Plain with { PreCopy = program.Steps.OfType<RestorePagesStep>().Count() > 2 }).Back;
}
