using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Migrating;

/// <summary>Decodes the probes' results into where a migration ended, without any expectation.</summary>
public static class MigrationReader
{
    /// <exception cref="UnreadableObservationException">The evidence contradicts itself.</exception>
    public static ObservedSide Source(
        Migration migration,
        SourceProgram program,
        Observation observation,
        Decoding decoding
    )
    {
        Fit(program.Program, observation);
        var reader = new ObservationReader(decoding);
        var accesses = new List<ObservedAccess>();
        ObservedChange? change = null;
        for (int n = 0; n < program.Runs.Count && AccessResults.Of(program.Runs[n], observation) is { } results; n++)
        {
            var seen = reader.ReadAccess(migration.Case.Extent, Access.Write, n, null, results);
            // The first store, and the first after logging was enabled; those between fill the rest of the memory.
            if (n is 0 or 2)
                accesses.Add(seen);
            if (seen.Outcome.Kind != OutcomeKind.Mapped)
                return new ObservedSide(
                    new(MigrationStage.Source, seen.Outcome.Errno),
                    new ObservedCase(Errno.None, accesses) { Change = change },
                    seen.ToString()
                )
                {
                    Stalled = seen.Outcome.Kind == OutcomeKind.Stalls,
                };
            if (n == 1 && program.DirtyLog is { } log)
                change = new ChangeReader(decoding).Read(migration.OnSource.Change!, log, observation);
        }
        var ended = Ended(program, observation);
        bool refused =
            ended is { End.Stage: MigrationStage.Source }
            && program.SetUp.Contains(new StepHandle(observation.Steps.Count - 1));
        return new ObservedSide(
            ended?.End ?? MigrationEnd.Resumed,
            new ObservedCase(refused ? ended!.Value.End.Errno : Errno.None, accesses) { Change = change },
            ended is { } x ? Call(x.Step) : null
        )
        {
            WasTested = WasTested(program, observation),
        };
    }

    /// <exception cref="UnreadableObservationException">The evidence contradicts itself.</exception>
    public static ObservedSide Destination(
        Migration migration,
        DestinationProgram program,
        Observation observation,
        Decoding decoding
    )
    {
        Fit(program.Program, observation);
        var guest = MigrationCompiler.Guest(migration);
        var reader = new ObservationReader(decoding);
        var accesses = new List<ObservedAccess>();
        for (int n = 0; n < program.Runs.Count && AccessResults.Of(program.Runs[n], observation) is { } results; n++)
        {
            int report = guest.Back + n;
            var seen = reader.ReadAccess(
                migration.Case.Extent,
                report < guest.FirstStore ? Access.Read : Access.Write,
                report,
                null,
                results
            );
            if (report == guest.FirstLoad || report == guest.FirstStore)
                accesses.Add(seen);
            if (Ends(migration, program.Stages[program.Runs[n].Run.Index], seen, results) is { } end)
                return new ObservedSide(end.End, new ObservedCase(Errno.None, accesses), end.How)
                {
                    Stalled = seen.Outcome.Kind == OutcomeKind.Stalls,
                };
        }
        if (Ended(program, observation) is not { } ended)
            return new ObservedSide(MigrationEnd.Resumed, new ObservedCase(Errno.None, accesses));
        var registration = ended.End.Stage == MigrationStage.Registration ? ended.End.Errno : Errno.None;
        return new ObservedSide(ended.End, new ObservedCase(registration, accesses), Call(ended.Step))
        {
            WasTested = WasTested(program, observation),
        };
    }

    /// <summary>The first capability that is insufficient on the destination, or null.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="program">The source's program.</param>
    /// <param name="source">Its result.</param>
    /// <param name="questions">The destination's check.</param>
    /// <param name="destination">Its result.</param>
    /// <exception cref="UnreadableObservationException">A result is missing.</exception>
    public static (ReliedCapability Capability, int Source, int Destination)? Insufficient(
        Migration migration,
        SourceProgram program,
        Observation source,
        QuestionProgram questions,
        Observation destination
    )
    {
        var relied = ReliedCapability.Of(migration);
        for (int i = 0; i < relied.Count; i++)
        {
            int before = Answer(source.Find(program.Capabilities[i])),
                after = Answer(destination.Find(questions.Capabilities[i]));
            if (!relied[i].Suffices(before, after))
                return (relied[i], before, after);
        }
        return null;
    }

    /// <summary>
    /// Checks that the executed steps are those of the program, in order, up to the end or to a failing call: else a VM
    /// that was never resumed would count as resumed.
    /// </summary>
    private static void Fit(ProbeProgram program, Observation observation)
    {
        var steps = observation.Steps;
        if (steps.Count == 0)
            throw new UnreadableObservationException("nothing was executed");
        for (int i = 0; i < steps.Count; i++)
            if (i >= program.Steps.Count || steps[i].Op != program.Steps[i].Op)
                throw new UnreadableObservationException(
                    $"the observation's step {i} is {steps[i].Op}, which differs from the program sent"
                );
        if (steps.Count < program.Steps.Count && steps[^1].Errno == 0)
            throw new UnreadableObservationException(
                $"{steps.Count} of {program.Steps.Count} steps were executed, and none failed"
            );
    }

    private static bool WasTested(MigrationProgram program, Observation observation) =>
        program.SetUp.Any(s => observation.Find(s) is not null);

    private static int Answer(ExtensionResult? result) =>
        result is { Errno: not 0 }
            ? -result.Errno
            : result?.Value ?? throw new UnreadableObservationException("a capability was queried and has no result");

    /// <summary>
    /// The call with an error that ended the program as intended, with its stage; null if there is none.
    /// </summary>
    private static (MigrationEnd End, StepResult Step)? Ended(MigrationProgram program, Observation observation)
    {
        int at = observation.Steps.Count - 1;
        var last = observation.Steps[at];
        return
            last.Errno != 0
            && (program.Program.Steps[at].OnError == OnError.End || observation.End == ObservationEnd.SetupFailed)
            ? (new MigrationEnd(program.Stages[at], (Errno)last.Errno), last)
            : null;
    }

    private static (MigrationEnd End, string? How)? Ends(
        Migration migration,
        MigrationStage stage,
        ObservedAccess seen,
        AccessResults results
    )
    {
        if (seen.Outcome.Kind != OutcomeKind.Mapped)
            return (new MigrationEnd(stage, seen.Outcome.Errno), seen.Outcome.ToString());
        if (stage == MigrationStage.FirstAccess)
            return null;
        var registers = results.Registers;
        var guest = MigrationCompiler.Guest(migration);
        ulong wrong = registers[GuestRegister.X17];
        int report = (int)(results.Run.Data ?? 0) & 0xff;
        return wrong == 0 || report == guest.FirstStore ? null
            : report == guest.Back ? (new(MigrationStage.Data), $"{wrong} registers hold something else")
            : (
                new(MigrationStage.Data),
                $"{wrong} words{(migration.Case.Mte ? " or tags" : "")} hold something else, the first at 0x{registers[GuestRegister.X16]:x}"
            );
    }

    private static string Call(StepResult step) => (step as ICallResult)?.Call ?? step.Op;
}
