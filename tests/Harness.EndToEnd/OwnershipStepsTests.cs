using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Images;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Processes;
using Harness.Protocol;
using Harness.Reproducers;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Transport;

namespace Harness.EndToEnd;

/// <summary>
/// A protected VM on a booted host, by hand-written programs: what the steps return for its page, and that nothing is
/// left when the worker dies in the middle.
/// </summary>
[Category("Qemu")]
public class OwnershipStepsTests
{
    private const ulong Code = 0x10_0000,
        Page = 0x4000_0000,
        Report = 0x0900_0000,
        Size = 64 << 10,
        Protected = 0x8000_0000;
    private const int EFAULT = 14,
        SIGSEGV = 11,
        AccessError = 2;
    private const uint MmioExit = 6;
    private const int TimeoutScale = 120; // programs that poll
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    private ITargetSession _session = null!;
    private TargetProbeHost _host = null!;

    [OneTimeSetUp]
    public async Task Boot()
    {
        var images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        var image = images.Find("7.2")
            ?? throw new AssertionException("there is no image of track 7.2: run scripts/harness images build");
        var target = new QemuTarget(
            "owned",
            new QemuSpec(image.KernelPath, image.InitrdPath, "max,pauth-impdef=on,sve=off,sme=off")
            {
                KernelArguments = ["kvm-arm.mode=protected"],
            },
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath),
            new ProcessRunner()
        );
        _session = await target.OpenAsync();
        _host = new TargetProbeHost(new BootedTarget(_session), ProbeFile.Embedded);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _host.DisposeAsync();
        await _session.DisposeAsync();
    }

    [Test]
    public async Task A_page_is_the_guests_until_it_shares_it_and_the_hosts_again_when_the_VM_is_gone()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        Step[] steps =
        [
            .. Guest(
                GuestCommand.Load,
                GuestCommand.Share,
                GuestCommand.Unshare,
                GuestCommand.Store,
                GuestCommand.Load
            ),
            new TouchStep("page", 0, GuestProgram.HostWord),
            Run,
            new TouchStep("page", 0),
            new TouchStep("page", 4, 1),
            new CopyStep("page", 0),
            Run,
            new TouchStep("page", 0),
            new CopyStep("page", 0),
            Run,
            new TouchStep("page", 0),
            Run,
            new PeekStep("page", 0),
            new TouchStep("page", 0),
            Run,
            new CloseStep("vcpu"),
            new CloseStep("vm"),
            new TouchStep("page", 0),
        ];
        var seen = await RunAsync(new Dispatcher(link, 1, TimeSpan.FromSeconds(60)), 60_000, steps);

        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        ulong? at = seen.Steps.OfType<MapResult>().First().Address;
        TouchResult refused = new(null, SIGSEGV, AccessError, at),
            next = refused with { Address = at + 4 };
        TouchResult word = new(GuestProgram.HostWord),
            zero = new(0);
        static RunResult Reported(ulong data) => new(MmioExit, Report, 8, true, data);
        Assert.That(
            seen.Steps.SkipWhile(s => s is not TouchResult)
                .Skip(1)
                .Select(s => s is RunResult { Errno: not 0 } ? new RunResult { Errno = s.Errno } : s),
            Is.EqualTo(
                new StepResult[]
                {
                    Reported((ulong)GuestProgram.HostWord << 32 | GuestProgram.Finished),
                    refused,
                    next,
                    new CopyResult { Errno = EFAULT },
                    Reported(GuestProgram.Finished + 1),
                    word,
                    new CopyResult(GuestProgram.HostWord),
                    Reported(GuestProgram.Finished + 2),
                    refused,
                    Reported((ulong)GuestProgram.GuestWord << 32 | (GuestProgram.Finished + 3)),
                    new PeekResult(0),
                    zero,
                    new RunResult { Errno = EFAULT },
                    new CloseResult(),
                    new CloseResult(),
                    zero,
                }
            )
        );
        var lines = StepLine.Of(await ReproducedAsync(new ProbeProgram("by hand", 60_000, steps)));
        Assert.That(StepLine.Differences(lines, seen), Is.Empty, "what the reproducer in C sees of the same program");
    }

    [Test]
    public async Task A_worker_that_is_killed_while_its_protected_VM_runs_leaves_nothing_behind()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        var before = await WithoutOrphansAsync(dispatcher);
        Step[] spinning =
        [
            .. Guest(GuestCommand.Load, GuestCommand.Share),
            new GuestMemoryStep("bound", "vm", Size, 3),
            new SecretmemStep("secret", Size),
            new MapStep("secrets", "secret", Size, Write: true, Shared: true),
            new TouchStep("secrets", 0, 1),
            Run,
            Run,
            new RunStep("vcpu", 600_000),
        ];

        var late = await RunAsync(dispatcher, 20_000, spinning);
        Assert.That(late.End, Is.EqualTo(ObservationEnd.Hang), late.Detail);
        Assert.That(
            late.Detail,
            Does.Contain($"in step {spinning.Length - 1}, with"),
            "it got as far as the guest that spins"
        );
        await AssertBackAsync(dispatcher, before);

        var dying = RunAsync(dispatcher, 120_000, spinning);
        // Matches only a worker: the pattern does not match the text of this command.
        var killed = await _session.Connection.ExecAsync(
            "n=0; until ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q kvm-vcpu; do n=$((n+1)); [ $n -lt 2000 ] || exit 1; done; "
                + "for p in /proc/[0-9]*; do grep -q '[-]-worker' $p/cmdline 2>/dev/null && kill -9 ${p#/proc/}; done; true",
            deadline: TimeSpan.FromMinutes(2)
        );
        Assert.That(killed.ExitCode, Is.Zero, killed.Output);
        var dead = await dying;
        Assert.That(dead.End, Is.EqualTo(ObservationEnd.Crash), dead.Detail);
        Assert.That(dead.Detail, Does.Contain("signal 9"));
        await AssertBackAsync(dispatcher, before);
    }

    /// <summary>The output of the program's C version.</summary>
    private async Task<string> ReproducedAsync(ProbeProgram program)
    {
        var some = AllCases.Cases.First(c => c.Backing == Backing.Plain);
        var host = new HostFacts(true, true);
        string text = Reproducer.Text(
            new ReproducerSource(
                CaseCompiler.Compile(some, new ProbeAbilities(true, true, false)) with
                {
                    Program = program,
                },
                [new Expectation("here", host, Mainline.V7_2_10.Predict(host, some))]
            )
        );
        string folder = Directory.CreateTempSubdirectory("harness-e2e-owned-").FullName;
        try
        {
            string source = Path.Combine(folder, "owned.c"),
                made = Path.Combine(folder, "owned");
            await File.WriteAllTextAsync(source, text);
            var compiled = await new ProcessRunner().RunAsync(
                new ProcessSpec("aarch64-linux-gnu-gcc", ["-O2", "-static", "-o", made, source])
            );
            Assert.That(compiled.ExitCode, Is.Zero, compiled.ErrorText);
            await _session.Connection.UploadAsync(
                "/tmp/owned",
                await File.ReadAllBytesAsync(made),
                UnixFileMode.UserRead | UnixFileMode.UserExecute
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        var ran = await _session.Connection.ExecAsync("timeout 60 /tmp/owned", deadline: TimeSpan.FromMinutes(2));
        Assert.That(ran.ExitCode, Is.Zero, ran.Output);
        return ran.Output;
    }

    private static Step Run { get; } = new RunStep("vcpu", 5000);

    private static Step[] Guest(params GuestCommand[] operations)
    {
        var program = GuestProgram.ForOperations(operations);
        return
        [
            new MapStep("page", null, Size, Write: true, Shared: false),
            new VmStep("vm", Protected),
            new MemslotStep("vm", 1, Page, Size, "page"),
            new MapStep("code", null, Size, Write: true, Shared: false, Size),
            new WordsStep("code", 0, program.Words),
            new MemslotStep("vm", 0, Code, Size, "code"),
            new VcpuStep("vcpu", "vm"),
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = Code + program.EntryOffset,
                    [GuestRegister.VbarEl1] = Code + program.VectorOffset,
                    [GuestRegister.X1] = Page,
                    [GuestRegister.X2] = GuestProgram.GuestWord,
                    [GuestRegister.X9] = Report,
                }
            ),
        ];
    }

    private static async Task<Observation> RunAsync(Dispatcher dispatcher, int deadlineMs, params Step[] steps)
    {
        Observation? seen = null;
        await dispatcher.RunAsync(
            [new ProbeProgram("by hand", deadlineMs, steps)],
            (_, observation) => seen = observation,
            default
        );
        return seen!;
    }

    private static async Task<CountersResult> CountersAsync(Dispatcher dispatcher)
    {
        var seen = await RunAsync(dispatcher, 60_000, new CountersStep());
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        return (CountersResult)seen.Steps[0];
    }

    /// <summary>
    /// The counters after the VMs of earlier tests' processes are gone: the baseline must be an idle host.
    /// </summary>
    private static async Task<CountersResult> WithoutOrphansAsync(Dispatcher dispatcher)
    {
        var now = await CountersAsync(dispatcher);
        for (int looks = 0; looks < TimeoutScale && now.Orphans != 0; looks++)
        {
            await Task.Delay(BetweenLooks);
            now = await CountersAsync(dispatcher);
        }
        Assert.That(now.Orphans, Is.Zero, $"an earlier test left VMs behind: {now}");
        return now;
    }

    /// <summary>A killed process exits when the kernel has finished its work: programs poll until then.</summary>
    private static async Task AssertBackAsync(Dispatcher dispatcher, CountersResult before)
    {
        var now = before;
        for (int looks = 0; looks < TimeoutScale; looks++)
        {
            now = await CountersAsync(dispatcher);
            if (Difference(now, before) is null)
                return;
            await Task.Delay(BetweenLooks);
        }
        Assert.Fail($"{Difference(now, before)}\nbefore: {before}\nnow:    {now}");
    }

    private static string? Difference(CountersResult now, CountersResult before)
    {
        // Counters of the process are those of another one now, which starts alike; page tables also include a spare
        // worker's VM.
        (string Name, long? Now, long? Before)[] all =
        [
            ("VMs", now.Vms, before.Vms),
            ("orphans", now.Orphans, before.Orphans),
            ("descriptors", now.Descriptors, before.Descriptors),
            ("mappings", now.Mappings, before.Mappings),
            ("locked KiB", now.MlockedKiB, before.MlockedKiB),
            ("unevictable KiB", now.UnevictableKiB, before.UnevictableKiB),
        ];
        return all.Where(c => c.Now != c.Before).Select(c => $"{c.Name}: {c.Now}, and was {c.Before}").FirstOrDefault()
            ?? (
                now.Orphans != 0 ? "orphans"
                : now.SecPageTablesKiB > before.SecPageTablesKiB + 16 ? "page tables"
                : null
            );
    }
}
