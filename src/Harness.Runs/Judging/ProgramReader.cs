using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>What a program did: its steps, and the descriptors that changed.</summary>
/// <param name="Steps">As far as the guest got.</param>
/// <param name="Descriptors">Each with the step after which it was first read.</param>
internal sealed record ObservedProgram(IReadOnlyList<ProgramPart> Steps, IReadOnlyList<ReadDescriptor> Descriptors);

/// <summary>Decodes the steps of a program.</summary>
internal sealed class ProgramReader(Decoding decoding, ObservationReader accesses)
{
    /// <summary>What each step did, up to the first after which the guest is not run again.</summary>
    /// <param name="compiled">The program, as compiled for the host.</param>
    /// <param name="observation">The results.</param>
    /// <exception cref="UnreadableObservationException">The observation ends before the program does.</exception>
    public ObservedProgram Read(CompiledCase compiled, Observation observation)
    {
        var c = (ProgramCase)compiled.Case;
        var steps = new List<ProgramPart>();
        var descriptors = new List<ReadDescriptor>();
        var pages = SlotPages.Of(c);
        var last = new StageTwoDescriptor?[pages.Count];
        for (int i = 0; i < compiled.Steps.Count; i++)
        {
            var step = compiled.Steps[i];
            var part = Of(c, i, step, observation);
            var left = new Outcome?[pages.Count];
            foreach (var page in pages)
            {
                left[(int)page] = ChangeReader.Left(
                    decoding,
                    observation.Find(step.Descriptors[(int)page]),
                    out var descriptor
                );
                if (descriptor is { } read && last[(int)page] != read)
                    descriptors.Add(new ReadDescriptor($"{i + 1} {part.Step}: {ProgramText.Word(page)}", read));
                last[(int)page] = descriptor;
            }
            steps.Add(part with { Left = left });
            if (part.Access is { Kind: OutcomeKind.Stalls } || part.Other is { Kind: OutcomeKind.Stalls })
                break;
        }
        return new ObservedProgram(steps, descriptors);
    }

    private ProgramPart Of(ProgramCase c, int index, CompiledStep step, Observation observation)
    {
        var part = new ProgramPart(c.Steps[index].ToString(), null, Errno.None, null, [], null);
        var made = c.Steps[index].Accesses;
        if (step.Other is { } other)
        {
            var (ended, word) = Read(other, made[^1], step.OtherReport);
            part = part with { Other = ended, OtherWord = word };
        }
        if (step.Access is { } access)
        {
            var (ended, word) = Read(access, made[0], step.Report);
            return part with { Access = ended, Word = word };
        }
        if (step.Ring is { } ring)
        {
            var entries = observation.Find(ring) ?? throw Ended(index);
            return entries.Errno != 0
                ? part with
                {
                    Errno = (Errno)entries.Errno,
                }
                : Reported(part, c, [.. (entries.Entries ?? []).Select(e => ((int)e.Slot, (int)e.Page))]);
        }
        if (step.Reset is { } reset)
        {
            var done = observation.Find(reset) ?? throw Ended(index);
            return part with { Errno = (Errno)done.Errno, Word = (ushort?)done.Count };
        }
        if (step.DirtyLog is not { } log)
            return part with { Errno = ChangeReader.ErrnoOf(step.Calls, observation) };
        var read = observation.Find(log) ?? throw Ended(index);
        int slot = c.Steps[index].Alias ? CaseLayout.AliasSlot : CaseLayout.TestSlot;
        return read.Errno != 0
            ? part with
            {
                Errno = (Errno)read.Errno,
            }
            : Reported(part, c, [.. (read.Pages ?? []).Select(page => (slot, page))]);

        (Outcome Ended, ushort? Word) Read(CompiledAccess compiled, SlotAccess access, int report)
        {
            var results = AccessResults.Of(compiled, observation) ?? throw Ended(index);
            var target = new AccessTarget(
                decoding.Sizes.PageAddress(c.Setting.Extent, access.Page),
                ProgramCase.Word(index)
            );
            ulong size = decoding.Sizes.SlotSize(c.Setting.Extent);
            var outcome = accesses.OutcomeOf(size, access.Access, report, target, results);
            return (outcome, Loaded(outcome, access.Access, results));
        }
    }

    private static ushort? Loaded(Outcome outcome, Access access, AccessResults results) =>
        outcome.Kind == OutcomeKind.Mapped && access == Access.Read
            ? (ushort)Math.Min(results.Registers[GuestRegister.X17], ushort.MaxValue)
            : null;

    /// <summary>What is dirty, by name as far as the program has one.</summary>
    /// <param name="part">The step.</param>
    /// <param name="c">The program.</param>
    /// <param name="dirty">Each page with the number of its slot.</param>
    private ProgramPart Reported(ProgramPart part, ProgramCase c, IReadOnlyList<(int Slot, int Page)> dirty)
    {
        var pages = SlotPages.Of(c);
        (int, int)[] numbers =
        [
            .. pages.Select(p =>
                (
                    p.IsAlias() ? CaseLayout.AliasSlot : CaseLayout.TestSlot,
                    (int)(decoding.Sizes.PageOffset(c.Setting.Extent, p) / decoding.PageSize)
                )
            ),
        ];
        return part with
        {
            Dirty = [.. pages.Where(p => dirty.Contains(numbers[(int)p]))],
            Beside = dirty.Except(numbers).Any(),
        };
    }

    private static UnreadableObservationException Ended(int index) =>
        new($"the observation ends before step {index + 1} of the program");
}
