using System.Collections.Concurrent;
using System.Diagnostics;
using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Images;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Processes;
using Harness.Protocol;
using Harness.Reproducers;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Transport;

namespace Harness.EndToEnd;

/// <summary>
/// Reproducers on a booted host, compared with the probe's results for the same programs there. Nested guests are slow:
/// nothing else runs meanwhile.
/// </summary>
[Category("Qemu")]
[NonParallelizable]
public class ReproducerTests
{
    /// <summary>How many times the usual time a case has here.</summary>
    private const int Slowness = 5;

    private readonly ProcessRunner _runner = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-e2e-repro-").FullName;

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_reproducer_of_every_class_of_case_sees_step_by_step_what_the_probe_sees()
    {
        var clock = Stopwatch.StartNew();
        var images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        var image = images.Find("7.2")
            ?? throw new AssertionException("there is no image of track 7.2: run scripts/harness images build");
        var target = new QemuTarget(
            "repro",
            // In this mode a host has the cases of every family.
            new QemuSpec(image.KernelPath, image.InitrdPath, "max,pauth-impdef=on,sve=off,sme=off,lpa2=off")
            {
                KernelArguments = ["kvm-arm.mode=nested"],
            },
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath),
            _runner
        );
        await using var session = await target.OpenAsync();
        await using var host = new TargetProbeHost(
            new Booted(session),
            ProbeFile.Embedded,
            pciDevices: [QemuSpec.PciMemoryAddress]
        );
        TestContext.Out.WriteLine($"booted after {clock.Elapsed.TotalSeconds:0} s");

        // The probe's results, while the compiler runs; those that had no time beside it once more.
        var observations = new Dictionary<string, Observation>();
        HostProfile profile;
        IReadOnlyList<Case> cases;
        string program;
        await using (var link = await host.StartProbeAsync(_ => { }, default))
        {
            var dispatcher = new Dispatcher(link, window: 2, TimeSpan.FromSeconds(60));
            profile = FactsReader.Read(await dispatcher.FactsAsync([QemuSpec.PciMemoryAddress], default));
            profile = profile with { Abilities = profile.Abilities with { Slowness = Slowness } };
            cases = OfEveryClass(profile.Abilities);
            var compilation = CompileAsync([
                .. cases.Select(c => (c.Id, Source(c, profile))),
                ("spin", Spinning(cases[0], profile)),
            ]);
            await ObserveAsync(dispatcher, cases);
            TestContext.Out.WriteLine($"the probe asked {cases.Count} cases after {clock.Elapsed.TotalSeconds:0} s");
            program = await compilation;
            TestContext.Out.WriteLine($"compiled after {clock.Elapsed.TotalSeconds:0} s");
            Case[] hangs = [.. cases.Where(c => observations[c.Id].End == ObservationEnd.Hang)];
            foreach (var c in hangs)
                TestContext.Out.WriteLine($"{c.Key}: {observations[c.Id].Detail}");
            await ObserveAsync(dispatcher, hangs);
        }

        // The reproducers' results.
        await session.Connection.UploadAsync(
            "/tmp/repro",
            await File.ReadAllBytesAsync(program),
            UnixFileMode.UserRead | UnixFileMode.UserExecute
        );
        var ran = await session.Connection.ExecAsync(
            $"for c in {string.Join(' ', cases.Select(c => c.Id))}; do echo \"== $c\"; timeout 60 /tmp/repro $c 2>&1; echo \"exit $?\"; done",
            deadline: TimeSpan.FromMinutes(5)
        );
        TestContext.Out.WriteLine($"the reproducers ran after {clock.Elapsed.TotalSeconds:0} s");
        var outputs = ran
            .Output.Split("== ", StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(o => o[..o.IndexOf('\n')], o => o);

        var differences = new List<string>();
        foreach (var c in cases)
        {
            string output = outputs[c.Id];
            var seen = observations[c.Id];
            var lines = StepLine.Of(output);
            string[] found = [.. StepLine.Differences(lines, seen)];
            if (found.Length > 0)
                differences.Add($"{c.Id} {c.Key}\n  {string.Join("\n  ", found)}\n{output}");
            Assert.That(
                output,
                Does.EndWith($"exit {(seen.End == ObservationEnd.Completed ? 0 : 1)}\n"),
                $"{c.Key}: {seen.End} {seen.Detail}\n{output}"
            );
            Assert.That(
                output,
                Does.Contain(
                    seen.End == ObservationEnd.Completed ? $"expected by {Policy(profile).Name}:" : "the set-up failed"
                ),
                c.Key
            );
            // A reproducer with another result would be noticed.
            var wrong = seen with
            {
                Steps = [.. seen.Steps.Select(s => s is VmResult ? s with { Errno = s.Errno + 1 } : s)],
            };
            Assert.That(StepLine.Differences(lines, wrong), Is.Not.Empty, c.Key);
        }
        Assert.That(differences, Is.Empty, string.Join('\n', differences.Take(5)));
        await AssertHardCasesAsync(session.Connection, cases);
        TestContext.Out.WriteLine($"all after {clock.Elapsed.TotalSeconds:0} s");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                observations.Values.Count(o => o.End == ObservationEnd.Completed),
                Is.GreaterThanOrEqualTo(cases.Count * 9 / 10),
                "most cases are asked"
            );
            Assert.That(
                cases.Select(AllCases.FamilyOf).Distinct(),
                Is.EquivalentTo(AllCases.Families.Select(f => f.Name).Append(AllCases.Core))
            );
            var all = cases.SelectMany(c => StepLine.Of(outputs[c.Id])).ToList();
            Assert.That(
                all.Where(l => l.Op == "run").Select(l => l.Values["exit"]).Distinct().Count(),
                Is.GreaterThanOrEqualTo(3),
                "guests end in several ways"
            );
            Assert.That(
                all.Where(l => l.Values.ContainsKey("MemAttr")).Select(l => l.Values["MemAttr"]).Distinct(),
                Is.EquivalentTo(new[] { "0b0110", "0b0101", "0b0001" })
            );
        }

        Task ObserveAsync(Dispatcher dispatcher, IReadOnlyList<Case> asked) =>
            dispatcher.RunAsync(
                [.. asked.Select(c => CaseCompiler.Compile(c, profile.Abilities).Program)],
                (i, observation) => observations[asked[i].Id] = observation,
                default
            );
    }

    /// <summary>A guest that never makes progress, and a host without the exporter module.</summary>
    private static async Task AssertHardCasesAsync(IConnection connection, IReadOnlyList<Case> cases)
    {
        var spinning = await connection.ExecAsync("timeout 30 /tmp/repro spin");
        var run = StepLine.Of(spinning.Output).First(l => l.Op == "run");
        Assert.That(
            (run.Values["ret"], run.Values["errno"], run.Values["timeout"]),
            Is.EqualTo(("-1", "4(EINTR)", "1")),
            spinning.Output
        );
        Assert.That(spinning.ExitCode, Is.Zero, spinning.Output);

        Assert.That((await connection.ExecAsync("rmmod stage2_exporter")).ExitCode, Is.Zero);
        var plain = cases
            .OfType<AttributeCase>()
            .First(c =>
                c.Backing == Backing.Plain
                && c.Change is null
                && c.Beside is null
                && !c.Mte
                && c.Placement == Placement.Ordinary
            );
        var without = await connection.ExecAsync($"/tmp/repro {plain.Id}");
        Assert.That(without.ExitCode, Is.Zero, without.Output);
        Assert.That(
            without.Output,
            Does.Contain("op=open ret=-1 errno=2(ENOENT)\n/dev/stage2-exporter can't be opened")
                .And.Contain("op=stage2 skipped=1(no exporter)")
        );
        Assert.That(
            StepLine.Of(without.Output).Where(l => l.Op == "run"),
            Is.Not.Empty.And.All.Matches<StepLine>(l => l.Values["ret"] == "0")
        );

        var driver = cases.First(c => c.Backing is { Driver: true, Provider: Provider.Usual });
        var nothing = await connection.ExecAsync($"/tmp/repro {driver.Id}");
        Assert.That((nothing.ExitCode, StepLine.Of(nothing.Output).Count), Is.EqualTo((1, 1)), nothing.Output);
        Assert.That(nothing.Output, Does.Contain("Only that module can make this memory"));
    }

    /// <summary>
    /// A small set of cases with one for each family with each kind of memory and each provider, for each memory of the
    /// input space, each change, each operation of a guest, each placement, each access, and each step.
    /// </summary>
    private static IReadOnlyList<Case> OfEveryClass(ProbeAbilities host)
    {
        static IEnumerable<string> Features(Case c) =>
            [
                $"{AllCases.FamilyOf(c)} {c.Backing.Kind} {c.Backing.Provider}",
                $"{c.Backing.Kind} {c.Backing.Memory} {c.Backing.Type}",
                $"{c.Backing.Kind} {c.Backing.GuestMemory} {c.Backing.Bound}",
                $"guest {(c as GuestCase)?.Use.Operation}",
                .. c is AttributeCase attributes ? OfSlot(attributes) : [],
            ];

        static IEnumerable<string> OfSlot(AttributeCase c) =>
            [
                $"change {c.Change?.Kind}",
                $"running {c.Running}",
                $"placement {c.Placement}",
                $"late {c.Late} {c.Backing.Kind}",
                $"slot {c.Slot} {c.Extent} {c.Mte}",
                .. c.Accesses.Span.ToArray().Select(a => $"access {a}"),
            ];

        var left = AllCases
            .Cases.Where(c => CaseCompiler.NotRunnableReason(c, host) is null)
            .Select(c => (Case: c, Features: Features(c).ToArray()))
            .DistinctBy(c => string.Join(';', c.Features))
            .ToList();
        var chosen = new List<Case>();
        var met = new HashSet<string>();
        while (
            left.MaxBy(c => c.Features.Count(f => !met.Contains(f))) is { Case: { } next, Features: var features }
            && features.Any(f => !met.Contains(f))
        )
        {
            chosen.Add(next);
            met.UnionWith(features);
        }
        return chosen;
    }

    private static Policy Policy(HostProfile profile) => ReleaseCatalog.Choose(profile.Release, profile.Build).Policy!;

    private static ReproducerSource Source(Case c, HostProfile profile) =>
        new(
            CaseCompiler.Compile(c, profile.Abilities),
            [new Expectation("on repro", profile.Host, Policy(profile).Predict(profile.Host, c))]
        )
        {
            Pci = profile.Abilities.Providers.Pci,
        };

    /// <summary>A guest that branches to itself instead of the case's.</summary>
    private static ReproducerSource Spinning(Case c, HostProfile profile)
    {
        var source = Source(c, profile);
        Step[] steps =
        [
            .. source.Program.Steps.Select(s =>
                s is WordsStep ? new WordsStep("code", 0, [.. Enumerable.Repeat(A64.Branch(0), 1024)]) : s
            ),
        ];
        return source with { Compiled = source.Compiled with { Program = source.Program with { Steps = steps } } };
    }

    /// <summary>
    /// All in one program, which is faster to send than that many copies of libc: each file's main() is renamed by its
    /// case's id, and nothing else of it is visible.
    /// </summary>
    private async Task<string> CompileAsync(IReadOnlyList<(string Name, ReproducerSource Source)> sources)
    {
        var failed = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            sources,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            async (s, cancel) =>
            {
                string source = Path.Combine(_folder, s.Name + ".c");
                await File.WriteAllTextAsync(source, Reproducer.Text(s.Source), cancel);
                var result = await _runner.RunAsync(
                    new ProcessSpec(
                        "aarch64-linux-gnu-gcc",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        $"-Dmain=main_{s.Name}",
                        "-c",
                        "-o",
                        Path.ChangeExtension(source, ".o"),
                        source
                    ),
                    cancel
                );
                if (result.ExitCode != 0)
                    failed.Add($"{s.Source.Case.Key}\n{result.ErrorText}");
            }
        );
        Assert.That(failed, Is.Empty);
        string main = Path.Combine(_folder, "main.c"),
            program = Path.Combine(_folder, "repro");
        await File.WriteAllTextAsync(
            main,
            $$"""
            #include <string.h>
            {{string.Join('\n', sources.Select(s => $"int main_{s.Name}(void);"))}}
            int main(int argc, char **argv)
            {
            {{string.Join(
                '\n',
                sources.Select(s => $"if (argc == 2 && !strcmp(argv[1], \"{s.Name}\")) return main_{s.Name}();")
            )}}
            return 99;
            }
            """
        );
        (
            await _runner.RunAsync(
                new ProcessSpec(
                    "aarch64-linux-gnu-gcc",
                    ["-static", "-s", "-o", program, main, .. sources.Select(s => Path.Combine(_folder, s.Name + ".o"))]
                )
            )
        ).EnsureSuccess();
        return program;
    }

    /// <summary>A host that is up, for the probe to be deployed to; it stays up after the probe.</summary>
    private sealed class Booted(ITargetSession session) : ITarget
    {
        public string Name => session.Connection.Target;

        public Task<ITargetSession> OpenAsync(
            IProgress<TargetProgress>? progress = null,
            CancellationToken cancel = default
        ) => Task.FromResult(session);
    }
}
