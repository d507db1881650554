using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>Every given case ends in exactly one verdict, whatever the host does.</summary>
public class HostRunTests
{
    private static readonly HostProfile Fwb = new(
        "7.2.0",
        new HostFacts(true, true),
        new ProbeAbilities(true, true, true),
        new Decoding(true, null)
    );

    /// <summary>
    /// Reads of shared PFNMAP memory of every type, outside the kernel's memory map: four that run and differ in type.
    /// </summary>
    private static readonly Case[] Cases =
    [
        .. CaseSpace.Buildable.Where(c =>
            c.Backing
                is { Kind: VmaKind.PfnMap, Memory: KernelMap.Unknown, Sharing: Sharing.Shared, AllowAnyUncached: false }
            && c.VmaWritable
            && c.Slot == SlotFlags.None
            && c.Accesses.Equals(new AccessList(Access.Read))
            && c is { Extent: Extent.Page, Late: false, Mte: false }
        ),
    ];

    private static Case CaseOf(ProbeProgram program) => Cases.Single(c => c.Id == program.Case);

    private static Observation True(ProbeProgram program) =>
        Seen.ReadMapped(CaseOf(program), CaseOf(program).Backing.Cacheable ? Seen.NormalRwxFwb : Seen.DeviceRw);

    private static Observation Wrong(ProbeProgram program) => Seen.ReadMapped(CaseOf(program), Seen.NormalRwFwb);

    private static async Task<(string? Lost, Notes Notes)> Run(
        FakeHost host,
        HostProfile? profile = null,
        CancellationToken cancel = default,
        params KnownDifference[] known
    )
    {
        var notes = new Notes();
        await using var session = host.Session(notes, TimeSpan.FromMilliseconds(200), _ => profile ?? Fwb);
        var run = new HostRun(session, notes) { KnownDifferences = known };
        return (await run.ExecuteAsync(Cases, cancel), notes);
    }

    [Test]
    public async Task A_match_is_run_once()
    {
        var (lost, notes) = await Run(new FakeHost { Answer = True });

        Assert.That(lost, Is.Null);
        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Has.Exactly(4).EqualTo(VerdictKind.Match));
        Assert.That(notes.Attempts.Values, Is.All.EqualTo(1));
    }

    /// <summary>
    /// A release that has not been read: a deviation is only unverified, unless it violates a property that holds for
    /// every release.
    /// </summary>
    [TestCase("7.2.9999", VerdictKind.Unverified)]
    [TestCase("7.2.12", VerdictKind.Mismatch)]
    public async Task A_difference_on_an_unread_release_is_unverified(string release, VerdictKind kind)
    {
        var (_, notes) = await Run(
            new FakeHost
            {
                Answer = p =>
                    Seen.ReadMapped(CaseOf(p), CaseOf(p).Backing.Cacheable ? Seen.NormalRwFwb : Seen.DeviceRw),
            },
            Fwb with
            {
                Release = release,
            }
        );

        var differs = notes.Verdicts.Values.Single(v => v.Kind != VerdictKind.Match);
        Assert.That(differs.Kind, Is.EqualTo(kind));
        Assert.That(differs.Culprit, Is.EqualTo(kind == VerdictKind.Unverified ? Culprit.Model : Culprit.Kernel));
        Assert.That(notes.Attempts.Values.Max(), Is.EqualTo(2), "it is confirmed like any other");
        if (kind == VerdictKind.Unverified)
            Assert.That(
                differs.Reason,
                Does.Match(@"^7\.2\.9999 decides differently from 7\.2\.1\d: contradicts mainline-7\.2\.10: ")
            );
    }

    [Test]
    public async Task A_difference_on_an_unread_release_that_breaks_a_safety_property_is_the_kernels()
    {
        // Device memory that the VMM maps non-cacheable, write-back for the guest: mismatched aliases that the
        // architecture does not define.
        var (_, notes) = await Run(new FakeHost { Answer = Wrong }, Fwb with { Release = "7.2.9999" });

        var broken = notes
            .Verdicts.Where(v => !Cases.Single(c => c.Id == v.Key).Backing.Cacheable)
            .Select(v => v.Value)
            .ToList();
        Assert.That(broken, Has.Count.EqualTo(3));
        Assert.That(
            broken,
            Is.All.Matches<Verdict>(v =>
                v.Kind == VerdictKind.Mismatch
                && v.Culprit == Culprit.Kernel
                && v.Reason.Contains("7.2.9999 was not read, but this breaks bounded-aliases", StringComparison.Ordinal)
            )
        );
    }

    [Test]
    public async Task A_kernel_without_a_policy_is_named_with_the_reason()
    {
        var (lost, _) = await Run(new FakeHost { Answer = True }, Fwb with { Release = "4.19.0" });

        Assert.That(
            lost,
            Is.EqualTo(
                "no policy is known for kernel 4.19.0 (no kernel of 4.19 was read; the oldest known is 5.15): name one with --policy (harness identify finds those that agree)"
            )
        );
    }

    [Test]
    public async Task A_mismatch_is_run_again_before_it_is_reported()
    {
        var (_, notes) = await Run(new FakeHost { Answer = Wrong });

        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Mismatch));
        Assert.That(notes.Attempts.Values, Is.All.EqualTo(2));
    }

    /// <summary>Device memory is mapped Normal write-back, on kernels from 7.1 on.</summary>
    private static KnownDifference WriteBackEverywhere(
        string memory = "Normal-WB",
        string? until = null,
        string hosts = "fwb=yes"
    ) =>
        new(
            "write-back-everywhere",
            "{}",
            CaseFilter.Parse("type!=wb", [new("type")]),
            CaseFilter.Parse(hosts, KnownDifference.HostKeys),
            "7.1",
            until,
            VerdictKind.Mismatch,
            new OutcomePattern
            {
                Type = "mapped",
                Memory = memory,
                Execute = false,
            },
            Culprit.Kernel,
            "it forgets the type",
            "https://example.org/1"
        );

    [Test]
    public async Task A_known_difference_is_no_mismatch_and_says_which_it_is()
    {
        var (_, notes) = await Run(new FakeHost { Answer = Wrong }, known: WriteBackEverywhere());

        var known = notes.Verdicts.Values.Where(v => v.Kind == VerdictKind.Known).ToList();
        Assert.That(known, Has.Count.EqualTo(3));
        Assert.That(
            known,
            Is.All.Matches<Verdict>(v =>
                v.Known == "write-back-everywhere"
                && v.Culprit == Culprit.Kernel
                && v.Reason == "write-back-everywhere: it forgets the type (https://example.org/1)"
            )
        );
        Assert.That(
            notes.Verdicts.Values.Select(v => v.Kind),
            Has.Exactly(1).EqualTo(VerdictKind.Mismatch),
            "the case it does not cover"
        );
        Assert.That(
            notes.KnownDifferences!.Met.Select(m => (m.Expired, m.Asked, m.Met)),
            Is.EqualTo(new[] { (false, 3, 3) })
        );
        Assert.That(notes.Attempts.Values, Is.All.EqualTo(2), "it is confirmed like any other");
    }

    [Test]
    public async Task A_known_difference_that_no_longer_occurs_is_reported()
    {
        var (_, notes) = await Run(new FakeHost { Answer = True }, known: WriteBackEverywhere());

        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Match));
        Assert.That(notes.KnownDifferences!.Met.Select(m => (m.Asked, m.Met)), Is.EqualTo(new[] { (3, 0) }));
    }

    [TestCase(
        "Device-nGnRE",
        null,
        "fwb=yes",
        "contradicts",
        TestName = "What_differs_in_another_way_than_known_stays_a_mismatch"
    )]
    [TestCase(
        "Normal-WB",
        "7.2",
        "fwb=yes",
        "known as 'write-back-everywhere' until 7.2, which has passed",
        TestName = "A_known_difference_that_has_expired_excuses_nothing_and_is_named"
    )]
    [TestCase(
        "Normal-WB",
        null,
        "fwb=no",
        "contradicts",
        TestName = "A_known_difference_of_other_hosts_excuses_nothing"
    )]
    public async Task A_mismatch_stays(string memory, string? until, string hosts, string reason)
    {
        var (_, notes) = await Run(new FakeHost { Answer = Wrong }, known: WriteBackEverywhere(memory, until, hosts));

        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Mismatch));
        Assert.That(
            notes.Verdicts.Values.First(v => !v.Predicted!.ToString().Contains("Normal-WB")).Reason,
            Does.Contain(reason)
        );
    }

    [Test]
    public async Task A_different_second_answer_is_unstable()
    {
        var asked = new HashSet<string>();
        var (_, notes) = await Run(new FakeHost { Answer = p => asked.Add(p.Case) ? Wrong(p) : True(p) });

        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Unstable));
        Assert.That(
            notes.Verdicts.Values.First().Reason,
            Does.StartWith("first Mismatch").And.Contain("then, alone, Match")
        );
    }

    /// <summary>Write-back without execution first, then with it; the entry has both, or only the first.</summary>
    [TestCase(true, VerdictKind.Known)]
    [TestCase(false, VerdictKind.Unstable)]
    public async Task Two_known_ways_to_differ_are_known(bool both, VerdictKind kind)
    {
        var asked = new HashSet<string>();
        var known = WriteBackEverywhere() with
        {
            Or = both ? [new OutcomePattern { Type = "mapped", Execute = true }] : [],
        };
        var (_, notes) = await Run(
            new FakeHost { Answer = p => asked.Add(p.Case) ? Wrong(p) : Seen.ReadMapped(CaseOf(p), Seen.NormalRwxFwb) },
            known: known
        );

        var device = notes.Verdicts.Where(v => !Cases.Single(c => c.Id == v.Key).Backing.Cacheable).ToList();
        Assert.That(device.Select(v => v.Value.Kind), Has.Exactly(3).EqualTo(kind));
        Assert.That(device.Select(v => v.Value.Known), Is.All.EqualTo(both ? known.Name : null));
    }

    [Test]
    public async Task A_probe_that_dies_is_started_again_and_continues_where_it_was()
    {
        int answers = 0;
        var host = new FakeHost { Answer = p => ++answers == 2 ? throw new LinkLostException("died") : True(p) };
        var (lost, notes) = await Run(host);

        Assert.That(lost, Is.Null);
        Assert.That(host.Started, Is.EqualTo(2));
        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Has.Exactly(4).EqualTo(VerdictKind.Match));
    }

    [Test]
    public async Task A_probe_that_always_dies_is_infrastructure_and_not_started_for_ever()
    {
        var host = new FakeHost { Answer = _ => throw new LinkLostException("died") };
        var (_, notes) = await Run(host);

        Assert.That(host.Started, Is.LessThan(10));
        Assert.That(notes.Verdicts, Has.Count.EqualTo(4));
        Assert.That(
            notes.Verdicts.Values,
            Is.All.Matches<Verdict>(v => v.Kind == VerdictKind.Infrastructure && v.Reason == "died")
        );
    }

    [Test]
    public async Task A_silent_probe_counts_as_lost()
    {
        var (_, notes) = await Run(new FakeHost { Answer = p => null }, cancel: default);

        Assert.That(
            notes.Verdicts.Values,
            Is.All.Matches<Verdict>(v => v.Kind == VerdictKind.Infrastructure && v.Reason.Contains("did not answer"))
        );
    }

    [Test]
    public async Task A_lost_host_keeps_what_was_finished_and_says_why_the_rest_was_not()
    {
        var host = LostAfter(2, True, "QEMU was killed");
        var (lost, notes) = await Run(host);

        Assert.That(lost, Is.EqualTo("QEMU was killed"));
        Assert.That(
            notes.Verdicts.Values.Select(v => v.Kind),
            Is.EqualTo(
                new[] { VerdictKind.Match, VerdictKind.Match, VerdictKind.Infrastructure, VerdictKind.Infrastructure }
            )
        );
        Assert.That(notes.Verdicts.Values.Last().Reason, Is.EqualTo("QEMU was killed"));
        Assert.That(host.Started, Is.EqualTo(1));
    }

    /// <summary>A host that is lost when it has answered so many programs.</summary>
    private static FakeHost LostAfter(
        int answers,
        Func<ProbeProgram, Observation?> answer,
        string lost,
        KernelReport? crash = null
    )
    {
        FakeHost host = null!;
        host = new FakeHost
        {
            Answer = p =>
            {
                if (answers-- > 0)
                    return answer(p);
                (host.Lost, host.Crash) = (lost, crash);
                throw new LinkLostException("broken pipe");
            },
        };
        return host;
    }

    private static KernelReport Panic(params string[] console) =>
        KernelCrash.In(
            string.Join('\n', [.. console, "[    9.500000] Kernel panic - not syncing: Oops: Fatal exception"])
        )!;

    /// <summary>Two run side by side; the first program is answered before the kernel crashes.</summary>
    [TestCase("[    9.100000] Unable to handle kernel paging request at virtual address 0", 2, 1)]
    [TestCase("[    9.100000] Kernel panic - not syncing: sysrq triggered crash", 0, 3)]
    public async Task A_kernel_that_panics_is_a_crash_of_the_cases_that_ran_and_no_more(
        string line,
        int crashes,
        int lost
    )
    {
        var host = LostAfter(1, True, "its kernel crashed", Panic(line, "[    9.200000] pc : kvm_age_gfn+0x1/0x2"));
        var (_, notes) = await Run(host);

        Assert.Multiple(() =>
        {
            Assert.That(notes.Verdicts.Values.Count(v => v.Kind == VerdictKind.Match), Is.EqualTo(1));
            Assert.That(notes.Verdicts.Values.Count(v => v.Kind == VerdictKind.Infrastructure), Is.EqualTo(lost));
            Assert.That(
                notes.Verdicts.Values.Where(v => v.Kind == VerdictKind.Crash).Select(v => (v.Culprit, v.Reason)),
                Is.EqualTo(
                    Enumerable.Repeat(
                        (
                            Culprit.Kernel,
                            "the host's kernel crashed while this case and one other ran; the kernel reported: BUG: unable to handle kernel paging request in kvm_age_gfn"
                        ),
                        crashes
                    )
                )
            );
            Assert.That(notes.Attempts, Has.Count.EqualTo(1 + crashes), "the console's report is the attempt's log");
        });
    }

    [Test]
    public async Task A_crash_during_the_second_run_of_a_case_is_of_that_case_alone()
    {
        var host = LostAfter(
            Cases.Length,
            p => p.Case == Cases[0].Id || p.Case == Cases[1].Id ? Wrong(p) : True(p),
            "its kernel crashed",
            Panic("[    9.100000] kernel BUG at arch/arm64/kvm/mmu.c:9!", "[    9.200000] pc : f+0x1/0x2")
        );
        var (_, notes) = await Run(host);

        Assert.That(
            notes.Verdicts.Values.Where(v => v.Kind == VerdictKind.Crash).Select(v => v.Reason),
            Is.EqualTo(new[] { "the host's kernel crashed; the kernel reported: kernel BUG in f" })
        );
        Assert.That(notes.Verdicts, Has.Count.EqualTo(Cases.Length));
    }

    /// <summary>An oops with a lock held: the kernel goes on, and the host answers less and less.</summary>
    [TestCase("Unable to handle kernel NULL pointer dereference at virtual address 18", VerdictKind.Hang)]
    [TestCase("nothing unusual", VerdictKind.Infrastructure)]
    public async Task A_hang_with_a_kernels_report_stays_one_where_the_host_is_lost_before_it_is_confirmed(
        string line,
        VerdictKind verdict
    )
    {
        var host = LostAfter(
            Cases.Length,
            p =>
                p.Case != Cases[0].Id && p.Case != Cases[1].Id
                    ? True(p)
                    : new Observation(p.Case, ObservationEnd.Hang, "killed after 9 ms", 9, [], [line, "pc : f+1/2"]),
            "the host does not answer any more"
        );
        var (_, notes) = await Run(host);

        var lost = notes.Verdicts.Values.Where(v => v.Kind != VerdictKind.Match).ToList();
        Assert.That(
            lost.Select(v => v.Kind),
            Is.EquivalentTo(new[] { verdict, VerdictKind.Infrastructure }),
            "the second one did not run again"
        );
        Assert.That(lost.Select(v => v.Reason), Has.All.EndsWith("the host does not answer any more"));
    }

    [Test]
    public async Task An_unavailable_host_gives_every_case_the_reason()
    {
        var (lost, notes) = await Run(
            new FakeHost { Answer = True, Refuse = _ => new HostUnavailableException("no /dev/kvm") }
        );

        Assert.That(lost, Is.EqualTo("no /dev/kvm"));
        Assert.That(
            notes.Verdicts.Values,
            Has.Exactly(4).Matches<Verdict>(v => v.Kind == VerdictKind.Infrastructure && v.Reason == "no /dev/kvm")
        );
    }

    [Test]
    public async Task Without_the_exporter_the_cases_that_need_it_are_skipped_with_the_reason()
    {
        var (_, notes) = await Run(
            new FakeHost { Answer = True },
            Fwb with
            {
                Abilities = new ProbeAbilities(false, false, true),
            }
        );

        Assert.That(
            notes.Verdicts.Values,
            Is.All.Matches<Verdict>(v => v.Kind == VerdictKind.Skip && v.Reason.Contains("exporter"))
        );
    }

    [Test]
    public async Task A_kernel_that_no_policy_is_known_for_is_not_judged()
    {
        var (lost, notes) = await Run(new FakeHost { Answer = True }, Fwb with { Release = "5.10.0" });

        Assert.That(lost, Does.Contain("5.10.0").And.Contain("--policy"));
        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Infrastructure));
    }

    [Test]
    public async Task Cancelling_leaves_the_rest_without_a_verdict()
    {
        using var cancel = new CancellationTokenSource();
        var notes = new Notes();
        int answers = 0;
        var host = new FakeHost
        {
            Answer = p =>
            {
                if (++answers == 2)
                    cancel.Cancel();
                return answers < 2 ? True(p) : null;
            },
        };
        await using var session = host.Session(notes, TimeSpan.FromSeconds(30), _ => Fwb);
        var run = new HostRun(session, notes);

        Assert.That(
            async () => await run.ExecuteAsync(Cases, cancel.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(notes.Verdicts, Has.Count.EqualTo(1));
    }
}
