using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Model.Registers;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>One host of a pair, as input of the judge.</summary>
/// <param name="Name">The target's.</param>
/// <param name="Policy">The policy that it is judged by.</param>
/// <param name="Profile">Its profile.</param>
public sealed record JudgedHost(string Name, Policy Policy, HostProfile Profile)
{
    /// <summary>KVM_CAP_ARM_VM_IPA_SIZE; if it was not read, the default IPA size of a VM.</summary>
    public int IpaLimit =>
        Profile.VmCapabilities.GetValueOrDefault(ReliedCapability.VmIpaSize) is > 0 and var bits ? bits : 40;

    /// <summary>The registers of a vCPU there; null if they were not read.</summary>
    public VcpuRegisters? Registers { get; init; }

    /// <summary>Those of a VM with memory tags; null if they were not read, or no VM there has any.</summary>
    public VcpuRegisters? TaggedRegisters { get; init; }

    /// <summary>The same host with the registers of a migration's VM.</summary>
    public JudgedHost For(Migration migration) => migration.Case.Mte ? this with { Registers = TaggedRegisters } : this;

    /// <summary>The same host with other vCPU registers.</summary>
    public JudgedHost With(VcpuRegisters registers) => this with { Registers = registers };

    /// <summary>The host, or its possibilities if something about it is unknown.</summary>
    public IEnumerable<MigrationSide> Sides(string? whyNoMemory) =>
        Profile.Possible.Select(host => new MigrationSide(Policy, host)
        {
            IpaLimit = IpaLimit,
            WhyNoMemory = whyNoMemory,
            Registers = Registers,
        });
}

/// <summary>The judgement of one migration: its verdict, and the data stored with it.</summary>
public sealed record MigrationVerdict(Verdict Verdict, MigrationRecord? Record);

/// <summary>
/// Compares what two hosts did with a VM with what their policies allow. Independent of the transport.
/// </summary>
public sealed class MigrationJudge(JudgedHost from, JudgedHost to)
{
    /// <param name="migration">The migration.</param>
    /// <param name="whyNoMemory">Why the destination can't create the memory, or null.</param>
    public MigrationPrediction Predict(Migration migration, string? whyNoMemory) =>
        Predictor.Predict(migration, from.Sides(null).First(), to.Sides(whyNoMemory).First());

    /// <summary>A verdict without any observation.</summary>
    public MigrationVerdict Without(
        Migration migration,
        VerdictKind kind,
        Culprit culprit,
        string reason,
        string? whyNoMemory = null
    )
    {
        var p = Predict(migration, whyNoMemory);
        return new MigrationVerdict(
            new Verdict(kind, culprit, reason, p.Rule.Name, p.Outcome, null, [], []) { Path = PathOf(p) },
            new MigrationRecord()
        );
    }

    /// <param name="migration">The migration.</param>
    /// <param name="seen">Its result.</param>
    /// <param name="whyNoMemory">Why the destination can't create the memory, or null.</param>
    public MigrationVerdict Decide(Migration migration, ObservedMigration seen, string? whyNoMemory)
    {
        MigrationPrediction[] predictions =
        [
            .. from.Sides(null).SelectMany(f => to.Sides(whyNoMemory).Select(t => Predictor.Predict(migration, f, t))),
        ];
        var p = predictions[0];
        bool agree = predictions.All(x => Agrees(x, seen));
        // If a host's leaves can't be read, those implied by the other evidence are used: a violation that can't be
        // observed is still a violation.
        var (broken, rule) = Broken(
            new MovedPage(
                migration,
                seen.End,
                seen.Before ?? (agree ? LeafOf(p.Before) : null),
                seen.After ?? (agree ? LeafOf(p.After) : null)
            )
        );
        var record = new MigrationRecord(
            MigrationEnd.Word(seen.End.Stage),
            seen.End.Errno == Errno.None ? null : seen.End.Errno.ToString(),
            seen.Before?.ToString(),
            seen.After?.ToString(),
            broken?.Name,
            rule?.Name,
            seen.Refused?.Count,
            seen.Refused is { Count: > 0 } some ? Names(some) : null
        );
        var verdict = new Verdict(
            VerdictKind.Match,
            Culprit.None,
            broken is null ? "" : $"breaks {broken.Name}: {broken.Says}",
            p.Rule.Name,
            p.Outcome,
            seen.Outcome,
            Descriptors(seen),
            Levels(seen)
        )
        {
            Path = PathOf(p),
            Remarks = Remarks(seen),
            Breaches = broken is null
                ? []
                : [new BreachRecord(broken.Name, broken.Says, broken.Source, Predicted: agree)],
        };
        if (agree)
            return new(verdict, record);
        if (predictions.Any(x => Agrees(x, seen)))
            return new(
                verdict with
                {
                    Kind = VerdictKind.Skip,
                    Culprit = Culprit.Platform,
                    Reason = "depends on an unknown fact of one of the hosts: see its facts",
                    Predicted = AnyOutcome.Of(predictions.Select(x => x.Outcome)),
                },
                record
            );
        var (contradicted, side) = Contradicted(p, seen);
        // A violation of a property is never excused by an unread release.
        var unread = broken is null
            ? new[] { from, to }.Select(h => h.Profile.Choice).FirstOrDefault(c => c is { Unverified: true })
            : null;
        return new(
            verdict with
            {
                // A fault that repeats forever without being predicted: not a different result, but none.
                Kind =
                    seen.Source.Stalled || seen.Destination is { Stalled: true }
                        ? VerdictKind.Hang
                        : VerdictKind.Mismatch,
                Culprit = Culprit.Kernel,
                Rule = contradicted.Name,
                Reason = $"contradicts {side}: {contradicted.Says}",
                Unread = unread?.Otherwise,
            },
            record
        );
    }

    private static bool Agrees(MigrationPrediction p, ObservedMigration seen) =>
        p.Ends.Contains(seen.End)
        && seen.Source.Agrees(p.Source)
        && (seen.Destination is null || seen.Destination.Agrees(p.Destination))
        && OtherRegister(p, seen) is null;

    /// <summary>
    /// The first register that deviates from the prediction, as text, with its rule; null if none does.
    /// </summary>
    private static (string Words, Statement Rule)? OtherRegister(MigrationPrediction p, ObservedMigration seen)
    {
        // A VMM that requires every register stops at the first refusal, and the end shows which.
        if (seen.Refused is not { } refused || p.Migration.AllRegisters)
            return null;
        var foreseen = p.Refused.ToDictionary(r => r.Id.Value);
        foreach (var register in p.Refused)
            if (!register.Allows(refused.GetValueOrDefault(register.Id.Value)))
                return (
                    $"{register.Id.Name} was {(refused.TryGetValue(register.Id.Value, out var errno) ? $"refused with {errno}" : "taken")}, and not {register}",
                    register.Rule
                );
        foreach (var (id, errno) in refused)
            if (!foreseen.ContainsKey(id))
                return ($"{new RegisterId(id).Name} was refused with {errno}", MigrationRule.RegistersRestored);
        return null;
    }

    /// <summary>The contradicted rule, and the policy that it belongs to.</summary>
    private (Statement, string) Contradicted(MigrationPrediction p, ObservedMigration seen)
    {
        if (!seen.Source.Agrees(p.Source))
            return (
                Contradiction.Find(
                    from.Policy,
                    from.Profile.Host,
                    p.Migration.OnSource,
                    seen.Source.Agrees,
                    seen.Source.Seen.Registration != Errno.None,
                    seen.Source.Seen.Difference
                ),
                $"{from.Policy.Name} on {from.Name}"
            );
        if (seen.End.Stage is MigrationStage.Data or MigrationStage.FirstRun)
            return (MigrationRule.Resumes, $"{to.Policy.Name} on {to.Name}");
        if (seen.End.Stage is MigrationStage.Registers or MigrationStage.Vcpu)
            return (MigrationRule.RegistersRestored, $"{to.Policy.Name} on {to.Name}");
        if (p.Ends.Contains(seen.End) && OtherRegister(p, seen) is { } other)
            return (other.Rule, $"{to.Policy.Name} on {to.Name}, {other.Words}");
        if (seen.Destination is { } come && !come.Agrees(p.Destination))
            return (
                Contradiction.Find(
                    to.Policy,
                    to.Profile.Host,
                    p.Migration.OnDestination,
                    come.Agrees,
                    come.Seen.Registration != Errno.None,
                    come.Seen.Difference
                ),
                $"{to.Policy.Name} on {to.Name}"
            );
        // It was predicted to end on the source and did not, or the reverse.
        return seen.End.Stage <= MigrationStage.DirtyLog
            ? (seen.Source.WasTested ? p.Source.Deciding : MigrationRule.IpaSize, $"{from.Policy.Name} on {from.Name}")
            : (
                p.Rule,
                p.Ends[0].Stage <= MigrationStage.DirtyLog
                    ? $"{from.Policy.Name} on {from.Name}"
                    : $"{to.Policy.Name} on {to.Name}"
            );
    }

    /// <summary>
    /// The property that the end violates, and the destination's rule that would have to decide the other way to
    /// satisfy it.
    /// </summary>
    private (MigrationProperty?, Statement?) Broken(MovedPage moved)
    {
        if (MigrationProperty.BrokenBy(moved) is not { } broken)
            return (null, null);
        var p = to.Policy.Predict(to.Profile.Host, moved.Migration.OnDestination);
        var rule =
            broken == MigrationProperty.NoSilentWeakening ? Weakens(moved.Migration, moved.Before!.Value.Type) : null;
        return (broken, rule ?? p.Deciding);
    }

    private static Leaf? LeafOf(Outcome? predicted) =>
        predicted is { Kind: OutcomeKind.Mapped } mapped ? mapped.Leaf : null;

    private Rule? Weakens(Migration migration, MemoryType before) =>
        Contradiction.Cause(to.Policy, to.Profile.Host, migration.OnDestination, access: 0, p =>
            p.Registration == Errno.None
            && p.Accesses[0].Outcome is { Kind: OutcomeKind.Mapped } o
            && o.Leaf.Type <= before
        );

    private static IReadOnlyList<ReadDescriptor> Descriptors(ObservedMigration seen) =>
        [
            .. seen.Source.Seen.Descriptors.Select(d => d with { Of = $"source: {d.Of}" }),
            .. seen.Destination?.Seen.Descriptors.Select(d => d with { Of = $"destination: {d.Of}" }) ?? [],
        ];

    private static IReadOnlyList<string> Remarks(ObservedMigration seen) =>
        seen.Unreadable.Count > 0 ? [$"source: registers that can't be read: {Names(seen.Unreadable)}"] : [];

    /// <summary>"MIDR_EL1 EINVAL, CTR_EL0 EINVAL".</summary>
    private static string Names(IReadOnlyDictionary<ulong, Errno> refused) =>
        string.Join(", ", refused.Select(r => $"{new RegisterId(r.Key).Name} {r.Value}"));

    private static IReadOnlyList<Evidence> Levels(ObservedMigration seen) =>
        [
            .. seen
                .Source.Seen.Levels.Concat(seen.Destination?.Seen.Levels ?? [])
                .Concat(seen.End.Stage >= MigrationStage.FirstAccess ? [Evidence.Guest] : Array.Empty<Evidence>())
                .Distinct()
                .Order(),
        ];

    private static IReadOnlyList<(string, string)> PathOf(MigrationPrediction p) =>
        [
            .. p.Source.Statements.Select(s => ("source", s.Name)),
            .. p.Destination.Statements.Select(s => ("destination", s.Name)),
        ];
}
