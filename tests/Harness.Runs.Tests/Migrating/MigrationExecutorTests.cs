using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Migrating;
using Harness.Store;

namespace Harness.Runs.Tests.Migrating;

/// <summary>A migration between two hosts, each of which may fail in its own way, at any moment.</summary>
public sealed class MoverTests
{
    private static readonly FakeVmm Rich = new(Seen.NormalRwxFwb);
    private static readonly FakeVmm Poor = new(Seen.NormalRwNoFwb);

    private static FakeHost Fake(string name, Func<ProbeProgram, Observation> answer, Fields? facts = null) =>
        new()
        {
            Name = name,
            Answer = p => FakeVmm.IsQuestion(p) ? Rich.Run(p) : answer(p),
            Facts = facts ?? FactsReaderTests.Plain(),
        };

    private static FakeHost Refusing(FakeVmm vmm, string op, int errno) =>
        Fake(
            "to",
            new FakeVmm(Seen.NormalRwNoFwb)
            {
                But = (step, _, would) => step.Op == op ? would with { Errno = errno } : would,
            }.Run,
            FactsReaderTests.Poor()
        );

    private static MigrationHost Live(FakeHost host) =>
        new(
            host,
            HostKinds.Qemu,
            new HostSession(host, TimeSpan.FromSeconds(20), _ => { })
            {
                Choose = known => ReleaseCatalog.Choose(known.Release, known.Build),
            }
        );

    private static async Task<Move> MoveAsync(FakeHost from, FakeHost to, Migration? migration = null)
    {
        await using MigrationHost source = Live(from),
            destination = Live(to);
        return await new MigrationExecutor(source, destination).MoveAsync(migration ?? FakeVmm.Plain, default);
    }

    /// <summary>Returns the first, then the second forever.</summary>
    private static Func<ProbeProgram, Observation> Once(
        Func<ProbeProgram, Observation> first,
        Func<ProbeProgram, Observation> then
    )
    {
        bool asked = false;
        return p =>
        {
            if (asked)
                return then(p);
            asked = true;
            return first(p);
        };
    }

    private static Observation Lost(ProbeProgram program) => throw new LinkLostException("the plug was pulled");

    private static FakeHost From(Func<ProbeProgram, Observation>? answer = null) => Fake("from", answer ?? Rich.Run);

    private static FakeHost To(Func<ProbeProgram, Observation>? answer = null) =>
        Fake("to", answer ?? Poor.Run, FactsReaderTests.Poor());

    [Test]
    public async Task An_unreadable_register_of_the_source_is_named()
    {
        var from = new FakeVmm(Seen.NormalRwxFwb)
        {
            But = (step, _, would) =>
                would is SaveRegistersResult saved ? saved with { Unreadable = [new(0x603000000013c020, 1)] } : would,
        };
        var move = await MoveAsync(From(from.Run), To());
        Assert.That(
            move.Result.Verdict.Details,
            Has.Some.EqualTo("source: registers that can't be read: ID_AA64PFR0_EL1 EPERM")
        );
    }

    [Test]
    public async Task A_match_carries_the_kernels_log()
    {
        const string warning = "WARNING: CPU: 1 PID: 77 at arch/arm64/kvm/mmu.c:1 user_mem_abort+0x0/0x10";
        var move = await MoveAsync(From(), To(p => Poor.Run(p) with { KernelLog = ["quiet", warning] }));
        Assert.That(
            (move.Result.Verdict.Kind, move.Result.Verdict.Reason),
            Is.EqualTo((VerdictKind.Match, "the kernel reported: WARNING in user_mem_abort"))
        );
    }

    [Test]
    public async Task A_matching_migration_runs_once_and_stores_time_and_bytes()
    {
        var move = await MoveAsync(From(), To());
        Assert.Multiple(() =>
        {
            Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Match), move.Result.Verdict.Reason);
            Assert.That(move.Observations, Has.Count.EqualTo(2));
            Assert.That(
                (move.Result.Record!.SourceMicros, move.Result.Record.DestinationMicros),
                Is.EqualTo((1000, 1000))
            );
            Assert.That(move.Result.Record.Bytes, Is.EqualTo(6), "two pages of three bytes each");
        });
    }

    [Test]
    public async Task A_mismatch_is_one_only_where_a_second_move_comes_to_the_same()
    {
        var move = await MoveAsync(From(), Refusing(Poor, "memslot", FakeVmm.Einval));
        Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(move.Observations, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_different_second_outcome_is_unstable_and_shows_both()
    {
        var refusing = Refusing(Poor, "memslot", FakeVmm.Einval);
        var move = await MoveAsync(From(), To(Once(p => refusing.Answer(p)!, Poor.Run)));
        Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Unstable));
        Assert.That(
            move.Result.Verdict.Reason,
            Does.StartWith("first Mismatch: registration EINVAL (memslot), then Match: resumed")
        );
    }

    [Test]
    public async Task A_probe_that_is_lost_on_either_side_is_started_again_and_the_migration_made_anew(
        [Values] bool source
    )
    {
        FakeHost from = From(source ? Once(Lost, Rich.Run) : null),
            to = To(source ? null : Once(Lost, Poor.Run));
        var move = await MoveAsync(from, to);
        Assert.Multiple(() =>
        {
            Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Match));
            Assert.That((from.Started, to.Started), Is.EqualTo(source ? (2, 1) : (1, 2)));
            Assert.That(move.Observations, Has.Count.EqualTo(source ? 2 : 3), "what was seen before the loss is kept");
        });
    }

    /// <summary>The result of a host that was lost was never finished: it confirms nothing.</summary>
    [Test]
    public async Task A_mismatch_after_a_loss_has_been_seen_once_and_is_run_again()
    {
        var refusing = Refusing(Poor, "memslot", FakeVmm.Einval);
        int asked = 0;
        var move = await MoveAsync(
            From(),
            To(p =>
                ++asked switch
                {
                    1 => Lost(p),
                    2 => refusing.Answer(p)!,
                    _ => Poor.Run(p),
                }
            )
        );
        Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Unstable));
        Assert.That(asked, Is.EqualTo(3));
    }

    [Test]
    public async Task A_mismatch_without_a_second_run_is_not_reported()
    {
        var refusing = Refusing(Poor, "memslot", FakeVmm.Einval);
        var move = await MoveAsync(From(), To(Once(p => refusing.Answer(p)!, Lost)));
        Assert.That(
            (move.Result.Verdict.Kind, move.Result.Verdict.Reason),
            Is.EqualTo((VerdictKind.Infrastructure, "to: the plug was pulled"))
        );
    }

    [Test]
    public void A_host_that_is_gone_for_good_is_named_with_the_reason([Values] bool source)
    {
        FakeHost from = From(),
            to = To();
        var dying = source ? from : to;
        dying = Fake(
            dying.Name,
            p =>
            {
                dying.Lost = "QEMU was killed by signal 9";
                throw new LinkLostException("broken pipe");
            },
            dying.Facts
        );
        Assert.That(
            async () => await MoveAsync(source ? dying : from, source ? to : dying),
            Throws.TypeOf<HostUnavailableException>().With.Message.EqualTo($"{dying.Name}: QEMU was killed by signal 9")
        );
        Assert.That(dying.Started, Is.EqualTo(1));
    }

    [Test]
    public async Task A_kernel_that_panics_under_a_migration_is_a_crash_and_the_next_one_has_no_host(
        [Values] bool source
    )
    {
        FakeHost dying = null!;
        dying = Fake(
            source ? "from" : "to",
            _ =>
            {
                dying.Lost = "its kernel crashed";
                dying.Crash = KernelCrash.In(
                    "kvm [7]: nVHE hyp panic at: [<ffff8000812c4f70>] __kvm_nvhe_f+0x30/0x90!\nKernel panic - not syncing: HYP panic:"
                );
                throw new LinkLostException("broken pipe");
            },
            source ? FactsReaderTests.Plain() : FactsReaderTests.Poor()
        );
        await using MigrationHost from = Live(source ? dying : From()),
            to = Live(source ? To() : dying);
        var mover = new MigrationExecutor(from, to);

        var move = await mover.MoveAsync(FakeVmm.Plain, default);

        Assert.Multiple(() =>
        {
            Assert.That(
                (move.Result.Verdict.Kind, move.Result.Verdict.Culprit, move.Result.Verdict.Reason),
                Is.EqualTo(
                    (
                        VerdictKind.Crash,
                        Culprit.Kernel,
                        $"{dying.Name}: the host's kernel crashed; the kernel reported: nVHE hyp panic in __kvm_nvhe_f"
                    )
                )
            );
            Assert.That(move.Observations[^1].KernelLog, Has.Some.Contains("nVHE hyp panic"));
        });
        Assert.That(
            async () => await mover.MoveAsync(FakeVmm.Plain, default),
            Throws.TypeOf<HostUnavailableException>()
        );
    }

    [Test]
    public async Task A_probe_that_dies_over_and_over_is_not_started_for_ever()
    {
        var dying = To(Lost);
        await using MigrationHost source = Live(From()),
            destination = Live(dying);
        var mover = new MigrationExecutor(source, destination);
        for (int i = 0; i < 10; i++)
        {
            try
            {
                var move = await mover.MoveAsync(FakeVmm.Plain, default);
                Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Infrastructure));
            }
            catch (HostUnavailableException e)
            {
                Assert.That(e.Message, Is.EqualTo("to: the plug was pulled"));
            }
        }
        Assert.That(dying.Started, Is.LessThan(6));
    }

    [TestCase(ObservationEnd.Hang, VerdictKind.Hang)]
    [TestCase(ObservationEnd.Crash, VerdictKind.Crash)]
    [TestCase(ObservationEnd.ProbeError, VerdictKind.ProbeError)]
    [TestCase(ObservationEnd.SetupFailed, VerdictKind.ProbeError)]
    public async Task A_program_that_did_not_get_through_is_reported_with_the_host_and_the_probes_words(
        ObservationEnd end,
        VerdictKind kind
    )
    {
        foreach (bool source in (bool[])[true, false])
        {
            FakeHost from = From(source ? p => Rich.Run(p) with { End = end, Detail = "it went wrong" } : null);
            FakeHost to = To(source ? null : p => Poor.Run(p) with { End = end, Detail = "it went wrong" });
            var move = await MoveAsync(from, to);
            Assert.Multiple(() =>
            {
                Assert.That((move.Result.Verdict.Kind, move.Result.Verdict.Culprit), Is.EqualTo((kind, Culprit.Probe)));
                Assert.That(
                    move.Result.Verdict.Reason,
                    Does.StartWith(source ? "from: " : "to: ").And.EndsWith("it went wrong")
                );
                Assert.That(move.Observations, Has.Count.EqualTo(source ? 2 : 4), "it was made a second time");
                Assert.That(
                    (move.Result.Verdict.Predicted as MigrationOutcome)?.Ends,
                    Is.EqualTo(new[] { MigrationEnd.Resumed })
                );
            });
        }
    }

    [Test]
    public async Task Malformed_evidence_is_a_probe_error_and_does_not_abort_the_run([Values] bool source)
    {
        static Observation Half(Observation o) => o with { Steps = [.. o.Steps.Take(3)] };
        var move = await MoveAsync(
            From(source ? p => Half(Rich.Run(p)) : null),
            To(source ? null : p => Half(Poor.Run(p)))
        );
        Assert.That(
            (move.Result.Verdict.Kind, move.Result.Verdict.Culprit),
            Is.EqualTo((VerdictKind.ProbeError, Culprit.Probe)),
            move.Result.Verdict.Reason
        );
    }

    [Test]
    public async Task A_VMM_that_checks_capabilities_stops_before_creating_anything()
    {
        var programs = new List<ProbeProgram>();
        var answers = new FakeVmm(Seen.NormalRwNoFwb) { Capability = _ => 0 };
        var move = await MoveAsync(
            From(),
            To(p =>
            {
                programs.Add(p);
                return answers.Run(p);
            }),
            FakeVmm.Device with
            {
                ChecksCapabilities = true,
            }
        );
        Assert.That(programs.SelectMany(p => p.Steps), Is.All.Matches<Step>(s => s is VmStep or ExtensionStep));
        Assert.That(move.Result.Record!.Stage, Is.EqualTo("capability"));
        Assert.That(
            move.Result.Verdict.Observed?.ToString(),
            Is.EqualTo("capability (KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED was 1, and is 0)")
        );
    }

    [Test]
    public async Task A_destination_without_the_memory_says_so_itself()
    {
        var without = new FakeVmm { But = (step, _, would) => step is OpenStep ? would with { Errno = 2 } : would };
        var move = await MoveAsync(From(), Fake("to", without.Run, FactsReaderTests.WithoutExporter()), FakeVmm.Device);
        Assert.That(
            (move.Result.Verdict.Kind, move.Result.Verdict.Observed?.ToString()),
            Is.EqualTo((VerdictKind.Match, "memory ENOENT (open)")),
            move.Result.Verdict.Reason
        );
    }

    /// <summary>For example out of memory: not KVM's decision.</summary>
    [Test]
    public async Task A_destination_that_has_the_memory_and_fails_to_make_it_is_no_kernels_fault()
    {
        const int enomem = 12;
        var move = await MoveAsync(From(), Refusing(Poor, "map", enomem));
        Assert.That(
            (move.Result.Verdict.Kind, move.Result.Verdict.Culprit),
            Is.EqualTo((VerdictKind.ProbeError, Culprit.Platform)),
            move.Result.Verdict.Observed?.ToString()
        );
    }

    [Test]
    public async Task A_source_without_the_memory_has_nothing_to_move_and_is_not_run()
    {
        var move = await MoveAsync(
            Fake("from", _ => throw new InvalidOperationException("asked"), FactsReaderTests.WithoutExporter()),
            To(),
            FakeVmm.Device
        );
        Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Skip));
        Assert.That(move.Result.Verdict.Reason, Does.StartWith("from: needs the exporter module"));
        Assert.That(move.Observations, Is.Empty);
    }

    [Test]
    public async Task A_VM_may_come_back_to_the_host_that_it_left()
    {
        await using var host = Live(From());
        var move = await new MigrationExecutor(host, host).MoveAsync(FakeVmm.Plain with { PreCopy = true }, default);
        Assert.That(move.Result.Verdict.Kind, Is.EqualTo(VerdictKind.Match), move.Result.Verdict.Reason);
    }

    [Test]
    public void Cancelling_is_no_verdict()
    {
        using var cancel = new CancellationTokenSource();
        Assert.That(
            async () =>
            {
                await using MigrationHost source = Live(
                        From(p =>
                        {
                            cancel.Cancel();
                            cancel.Token.ThrowIfCancellationRequested();
                            return Rich.Run(p);
                        })
                    ),
                    destination = Live(To());
                await new MigrationExecutor(source, destination).MoveAsync(FakeVmm.Plain, cancel.Token);
            },
            Throws.InstanceOf<OperationCanceledException>()
        );
    }
}
