using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Pools;
using Harness.Store;
using Harness.Targets;

namespace Harness.Runs.Tests.Pools;

/// <summary>Several machines of one kind as one host.</summary>
public sealed class PoolHostTests
{
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

    private readonly List<FakeHost> _made = [];

    private readonly List<string> _phases = [];

    [SetUp]
    public void Forget()
    {
        _made.Clear();
        _phases.Clear();
    }

    private static Observation True(ProbeProgram program)
    {
        var c = Cases.Single(c => c.Id == program.Case);
        return Seen.ReadMapped(c, c.Backing.Cacheable ? Seen.NormalRwxFwb : Seen.DeviceRw);
    }

    private static Exception Busy(string machine) =>
        new HostUnavailableException(
            $"target '{machine}': it is in use by ann",
            new TargetException(TargetFailure.Busy, machine, "it is in use by ann")
        );

    private PoolMachine Machine(
        string name,
        Func<ProbeProgram, Observation?>? answer = null,
        string release = "7.2.12-arm64",
        Func<int, Exception?>? refuse = null
    ) => new(name, () =>
        {
            var host = new FakeHost
            {
                Name = name,
                Answer = answer ?? True,
                Facts = FactsReaderTests.Plain(release),
                Refuse = refuse ?? (_ => null),
            };
            _made.Add(host);
            return host;
        });

    private static PoolHost Pool(PoolMachine[] machines, Func<string, string?>? check = null) =>
        new("pool", machines, (host, _, _) => Task.FromResult(check?.Invoke(host.Name)));

    private async Task<(string? Lost, Notes Notes)> RunAsync(PoolHost pool)
    {
        var notes = new Notes();
        await using var session = new HostSession(pool, TimeSpan.FromSeconds(10), _phases.Add)
        {
            Choose = known => ReleaseCatalog.Choose(known.Release, known.Build),
        };
        return (await new HostRun(session, notes).ExecuteAsync(Cases, default), notes);
    }

    private static string States(PoolHost pool) => string.Join(' ', pool.Pool.Select(m => $"{m.Machine}={m.State}"));

    [Test]
    public async Task The_first_machine_is_used_if_it_is_free_and_healthy()
    {
        var pool = Pool([Machine("a"), Machine("b")]);
        var (lost, notes) = await RunAsync(pool);
        Assert.That((lost, States(pool)), Is.EqualTo(((string?)null, "a=used b=unused")));
        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Match));
    }

    [Test]
    public async Task A_machine_in_use_is_left_to_its_user_and_the_next_one_is_taken()
    {
        var pool = Pool([Machine("a", refuse: _ => Busy("a")), Machine("b")]);
        await RunAsync(pool);
        Assert.That(States(pool), Is.EqualTo("a=busy b=used"));
        Assert.That(pool.Pool[0].Reason, Does.Contain("in use by ann"));
        Assert.That(_made.Where(h => h.Name == "a").Select(h => h.Disposed), Is.All.True);
    }

    [Test]
    public async Task A_machine_that_fails_its_health_check_is_taken_out_with_the_reason()
    {
        var pool = Pool([Machine("a"), Machine("b")], name => name == "a" ? "2 of 10 cases failed" : null);
        await RunAsync(pool);
        Assert.That(States(pool), Is.EqualTo("a=unhealthy b=used"));
        Assert.That(pool.Pool[0].Reason, Is.EqualTo("2 of 10 cases failed"));
        Assert.That(_phases, Does.Contain("a is unhealthy: 2 of 10 cases failed"));
        // The next night has a pool of its own: the machine is checked again, and is back if it is well.
        var next = Pool([Machine("a"), Machine("b")]);
        await RunAsync(next);
        Assert.That(States(next), Is.EqualTo("a=used b=unused"));
    }

    [Test]
    public async Task If_no_machine_can_be_used_every_case_is_infrastructure_with_the_reason_of_each()
    {
        var pool = Pool([Machine("a", refuse: _ => Busy("a")), Machine("b")], _ => "it is broken");
        var (lost, notes) = await RunAsync(pool);
        Assert.That(
            lost,
            Is.EqualTo("no machine of 'pool' can be used: a: target 'a': it is in use by ann; b: it is broken")
        );
        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Infrastructure));
        Assert.That(notes.Verdicts, Has.Count.EqualTo(Cases.Length));
    }

    [Test]
    public async Task A_pool_in_use_is_waited_for_and_the_first_machine_that_is_free_is_taken()
    {
        int tries = 0;
        var pool = new PoolHost(
            "pool",
            [Machine("a", refuse: _ => Busy("a")), Machine("b", refuse: _ => ++tries < 3 ? Busy("b") : null)],
            (_, _, _) => Task.FromResult<string?>(null)
        )
        {
            Wait = TimeSpan.FromMinutes(1),
        };
        await RunAsync(pool);
        Assert.That(States(pool), Is.EqualTo("a=busy b=used"));
    }

    /// <summary>Answers once, then is gone, as a machine that lost its power.</summary>
    private Func<ProbeProgram, Observation?> DiesAfter(int answers, string name) =>
        program =>
        {
            if (answers-- > 0)
                return True(program);
            _made.Last(h => h.Name == name).Lost = $"{name} has no power";
            throw new LinkLostException("the connection broke");
        };

    [Test]
    public async Task A_machine_that_is_lost_is_replaced_by_another_one()
    {
        var pool = Pool([Machine("a", DiesAfter(1, "a")), Machine("b")]);
        var (lost, notes) = await RunAsync(pool);
        Assert.That((lost, States(pool)), Is.EqualTo(((string?)null, "a=lost b=used")));
        Assert.That(pool.Pool[0].Reason, Is.EqualTo("a has no power"));
        Assert.That(notes.Verdicts.Values.Select(v => v.Kind), Is.All.EqualTo(VerdictKind.Match));
    }

    [Test]
    public async Task A_second_machine_is_not_replaced()
    {
        var pool = Pool([Machine("a", DiesAfter(1, "a")), Machine("b", DiesAfter(0, "b")), Machine("c")]);
        var (lost, notes) = await RunAsync(pool);
        Assert.That((lost, States(pool)), Is.EqualTo(("b has no power", "a=lost b=used c=unused")));
        Assert.That(notes.Verdicts.Values.Count(v => v.Kind == VerdictKind.Infrastructure), Is.GreaterThan(0));
    }

    [Test]
    public async Task A_machine_of_another_kind_does_not_continue_a_host()
    {
        var pool = Pool([Machine("a", DiesAfter(1, "a")), Machine("b", release: "6.12.1-arm64")]);
        var (lost, notes) = await RunAsync(pool);
        Assert.That(
            lost ?? notes.Verdicts.Values.Last().Reason,
            Does.Contain(
                "machine b of the pool is of another kind than a: kernel (7.2.12-arm64 then, 6.12.1-arm64 now)"
            )
        );
        Assert.That(
            notes.Verdicts.Values.Count(v => v.Kind == VerdictKind.Infrastructure),
            Is.EqualTo(Cases.Length - 1)
        );
    }

    [Test]
    public async Task Health_is_that_cases_are_executed_not_that_the_kernel_is_right()
    {
        Task<string?> Check(PoolMachine machine) => HealthCheck.ReasonAsync(machine.Create(), Cases, _ => { }, default);

        Assert.That(await Check(Machine("well")), Is.Null);
        // Everything is Device memory: a mismatch for half of them.
        Assert.That(
            await Check(Machine("wrong", p => Seen.ReadMapped(Cases.Single(c => c.Id == p.Case), Seen.DeviceRw))),
            Is.Null
        );
        Assert.That(
            await Check(Machine("dies", DiesAfter(1, "dies"))),
            Does.StartWith("it was lost during its health check: ")
        );
        Assert.That(
            await Check(Machine("off", refuse: _ => new HostUnavailableException("no route"))),
            Does.Contain("no route")
        );
    }

    [Test]
    public void Ten_cases_are_chosen_evenly()
    {
        Case[] many = [.. CaseSpace.Buildable.Take(100)];
        var ten = HealthCheck.Choose(many);
        Assert.That(ten.Select(c => Array.IndexOf(many, c)), Is.EqualTo(Enumerable.Range(0, 10).Select(i => 10 * i)));
        Assert.That(HealthCheck.Choose(many[..4]), Is.EqualTo(many[..4]));
    }
}
