using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Migrating;

/// <summary>Turns what the probes returned into where a migration ended. Expects nothing.</summary>
public static class MigrationReader
{
    /// <exception cref="UnreadableObservationException">The evidence contradicts itself.</exception>
    public static ObservedSide Source(Migration migration, MigrationProgram program, Observation observation, Decoding decoding)
    {
        Fit(program.Program, observation);
        var reader = new ObservationReader(decoding);
        var accesses = new List<ObservedAccess>();
        ObservedChange? change = null;
        int[] runs = Runs(observation);
        for (int n = 0; n < runs.Length; n++)
        {
            var steps = Segment(observation, runs, n);
            var seen = reader.ReadRun(migration.Case, Access.Write, n, steps);
            // The first store, and the first after logging was switched on; what is between fills the rest of the memory.
            if (n is 0 or 2)
                accesses.Add(seen);
            if (seen.Outcome.Kind != OutcomeKind.Mapped)
                return new ObservedSide(new(MigrationStage.Source, seen.Outcome.Errno), new ObservedCase(Errno.None, accesses) { Change = change }, seen.ToString()) { Stalled = seen.Outcome.Kind == OutcomeKind.Stalls };
            if (n == 1 && migration.PreCopy && steps.ToList().FindIndex(IsSlotCall) is >= 0 and var at)
                change = reader.ReadSwitch(migration.OnSource.Change!, [.. steps.Skip(at)]);
        }
        var ended = Ended(program, observation);
        var registration = ended is { End.Stage: MigrationStage.Source } e && IsSlotCall(e.Step) ? e.End.Errno : Errno.None;
        return new ObservedSide(ended?.End ?? MigrationEnd.Resumed, new ObservedCase(registration, accesses) { Change = change }, ended is { } x ? Call(x.Step) : null)
        {
            Asked = Asked(observation),
        };
    }

    /// <exception cref="UnreadableObservationException">The evidence contradicts itself.</exception>
    public static ObservedSide Destination(Migration migration, MigrationProgram program, Observation observation, Decoding decoding)
    {
        Fit(program.Program, observation);
        var guest = MigrationCompiler.Guest(migration);
        var reader = new ObservationReader(decoding);
        var accesses = new List<ObservedAccess>();
        int[] runs = Runs(observation);
        for (int n = 0; n < runs.Length; n++)
        {
            var steps = Segment(observation, runs, n);
            int report = guest.Back + n;
            var seen = reader.ReadRun(migration.Case, report < guest.FirstStore ? Access.Read : Access.Write, report, steps);
            if (report == guest.FirstLoad || report == guest.FirstStore)
                accesses.Add(seen);
            if (Ends(migration, program.Stages[runs[n]], seen, steps) is { } end)
                return new ObservedSide(end.End, new ObservedCase(Errno.None, accesses), end.How) { Stalled = seen.Outcome.Kind == OutcomeKind.Stalls };
        }
        if (Ended(program, observation) is not { } ended)
            return new ObservedSide(MigrationEnd.Resumed, new ObservedCase(Errno.None, accesses));
        var registration = ended.End.Stage == MigrationStage.Registration ? ended.End.Errno : Errno.None;
        return new ObservedSide(ended.End, new ObservedCase(registration, accesses), Call(ended.Step)) { Asked = Asked(observation) };
    }

    /// <summary>The first capability that does not suffice on the destination, or null.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="source">What the source's program returned.</param>
    /// <param name="destination">What the destination answered to the same questions.</param>
    /// <exception cref="UnreadableObservationException">A question has no answer.</exception>
    public static (ReliedCapability Capability, int Source, int Destination)? Insufficient(Migration migration, Observation source, Observation destination)
    {
        var relied = ReliedCapability.Of(migration);
        ExtensionResult[] before = [.. source.Steps.OfType<ExtensionResult>()], after = [.. destination.Steps.OfType<ExtensionResult>()];
        if (before.Length != relied.Count || after.Length != relied.Count)
            throw new UnreadableObservationException($"{relied.Count} capabilities were asked for, {before.Length} and {after.Length} answered");
        for (int i = 0; i < relied.Count; i++)
            if (!relied[i].Suffices(Answer(before[i]), Answer(after[i])))
                return (relied[i], Answer(before[i]), Answer(after[i]));
        return null;
    }

    /// <summary>
    /// What was executed is what was sent, in its order, up to the end or to a call that failed: else a VM that was never resumed
    /// would count as resumed.
    /// </summary>
    private static void Fit(ProbeProgram program, Observation observation)
    {
        var steps = observation.Steps;
        if (steps.Count == 0)
            throw new UnreadableObservationException("nothing was executed");
        for (int i = 0; i < steps.Count; i++)
            if (i >= program.Steps.Count || steps[i].Op != program.Steps[i].Op)
                throw new UnreadableObservationException($"the observation's step {i} is {steps[i].Op}, which is not what was sent");
        if (steps.Count < program.Steps.Count && steps[^1].Errno == 0)
            throw new UnreadableObservationException($"{steps.Count} of {program.Steps.Count} steps were executed, and none failed");
    }

    private static bool Asked(Observation observation) => observation.Steps.Any(IsSlotCall);

    private static bool IsSlotCall(StepResult step) => step is EnableCapabilityResult or GuestMemoryResult or MemslotResult;

    private static int Answer(ExtensionResult step) => step.Errno != 0 ? -step.Errno
        : step.Value ?? throw new UnreadableObservationException("a capability was asked for and has no answer");

    private static int[] Runs(Observation observation) =>
        [.. Enumerable.Range(0, observation.Steps.Count).Where(i => observation.Steps[i] is RunResult)];

    private static StepResult[] Segment(Observation observation, int[] runs, int n) =>
        [.. observation.Steps.Skip(runs[n]).Take((n + 1 < runs.Length ? runs[n + 1] : observation.Steps.Count) - runs[n])];

    /// <summary>The call whose error ended the program as it foresaw, with its stage; null where none did.</summary>
    private static (MigrationEnd End, StepResult Step)? Ended(MigrationProgram program, Observation observation)
    {
        int at = observation.Steps.Count - 1;
        var last = observation.Steps[at];
        return last.Errno != 0 && (program.Program.Steps[at].OnError == OnError.End || observation.End == ObservationEnd.SetupFailed)
            ? (new MigrationEnd(program.Stages[at], (Errno)last.Errno), last) : null;
    }

    private static (MigrationEnd End, string? How)? Ends(
        Migration migration, MigrationStage stage, ObservedAccess seen, IReadOnlyList<StepResult> steps)
    {
        if (seen.Outcome.Kind != OutcomeKind.Mapped)
            return (new MigrationEnd(stage, seen.Outcome.Errno), seen.Outcome.ToString());
        if (stage == MigrationStage.FirstAccess)
            return null;
        var registers = ObservationReader.Registers(steps);
        var guest = MigrationCompiler.Guest(migration);
        ulong wrong = registers[GuestRegister.X17];
        int report = (int)(((RunResult)steps[0]).Data ?? 0) & 0xff;
        return wrong == 0 || report == guest.FirstStore ? null
            : report == guest.Back ? (new(MigrationStage.Data), $"{wrong} registers hold something else")
            : (new(MigrationStage.Data), $"{wrong} words hold something else, the first at 0x{registers[GuestRegister.X16]:x}");
    }

    private static string Call(StepResult step) => (step as ICallResult)?.Call ?? step.Op;
}
