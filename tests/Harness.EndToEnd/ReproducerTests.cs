using System.Collections.Concurrent;
using System.Diagnostics;
using Harness.Cases;
using Harness.Images;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Processes;
using Harness.Reproducers;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Transport;
using Harness.Wire;

namespace Harness.EndToEnd;

/// <summary>Reproducers on a booted host, held to what the probe sees of the same programs there.</summary>
[Category("Qemu")]
public class ReproducerTests
{
    private readonly ProcessRunner _runner = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-e2e-repro-").FullName;

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_reproducer_of_every_class_of_case_sees_step_by_step_what_the_probe_sees()
    {
        var clock = Stopwatch.StartNew();
        var images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        var image = images.Find("7.2") ?? throw new AssertionException("there is no image of track 7.2: run scripts/harness images build");
        var target = new QemuTarget("repro", new QemuSpec(image.KernelPath, image.InitrdPath, "max,pauth-impdef=on,sve=off,sme=off"),
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath), _runner);
        await using var session = await target.OpenAsync();
        string builds = Path.Combine(Cli.Root, "src", "Harness.Probe", "bin", "Release");
        await using var host = new TargetProbeHost(new Booted(session),
            ProbeBundle.Read(Path.Combine(builds, "net472"), Path.Combine(builds, "net10.0")), pciDevices: [QemuSpec.PciMemoryAddress]);
        TestContext.Out.WriteLine($"booted after {clock.Elapsed.TotalSeconds:0} s");

        // What the probe sees.
        var observations = new Dictionary<string, Observation>();
        HostProfile profile;
        IReadOnlyList<Case> cases;
        await using (var link = await host.StartProbeAsync(_ => { }, default))
        {
            var dispatcher = new Dispatcher(link, window: 2, TimeSpan.FromSeconds(60));
            profile = FactsReader.Read(await dispatcher.FactsAsync([QemuSpec.PciMemoryAddress], default));
            cases = OfEveryClass(profile.Abilities);
            await dispatcher.RunAsync([.. cases.Select(c => CaseCompiler.Compile(c, profile.Abilities))],
                (i, observation) => observations[cases[i].Id] = observation, default);
        }
        TestContext.Out.WriteLine($"the probe asked {cases.Count} cases after {clock.Elapsed.TotalSeconds:0} s");

        // What the reproducers see.
        await CompileAsync(cases, profile);
        TestContext.Out.WriteLine($"compiled after {clock.Elapsed.TotalSeconds:0} s");
        await session.Connection.UploadAsync("/tmp/repro.tar.gz", await PackAsync(), UnixFileMode.UserRead);
        var ran = await session.Connection.ExecAsync(
            "cd /tmp && mkdir repro && tar -xzf repro.tar.gz -C repro && rm repro.tar.gz && cd repro "
            + "&& for p in *; do echo \"== $p\"; timeout 60 ./$p 2>&1; echo \"exit $?\"; done", deadline: TimeSpan.FromMinutes(5));
        TestContext.Out.WriteLine($"the reproducers ran after {clock.Elapsed.TotalSeconds:0} s");
        var outputs = ran.Output.Split("== ", StringSplitOptions.RemoveEmptyEntries).ToDictionary(o => o[..o.IndexOf('\n')], o => o);

        var differences = new List<string>();
        foreach (var c in cases)
        {
            string output = outputs[c.Id];
            var seen = observations[c.Id];
            var lines = StepLine.Of(output);
            string[] found = [.. StepLine.Differences(lines, seen)];
            if (found.Length > 0)
                differences.Add($"{c.Id} {c.Key}\n  {string.Join("\n  ", found)}\n{output}");
            Assert.That(output, Does.EndWith($"exit {(seen.End == ObservationEnd.Completed ? 0 : 1)}\n"), $"{c.Key}: {seen.End}\n{output}");
            Assert.That(output, Does.Contain(seen.End == ObservationEnd.Completed ? "expected by mainline-7.2:" : "the set-up failed"), c.Key);
            // A reproducer that saw something else would be noticed.
            var wrong = seen with { Steps = [.. seen.Steps.Select(s => s.Op == "vm" ? s with { Errno = 22 } : s)] };
            Assert.That(StepLine.Differences(lines, wrong), Is.Not.Empty, c.Key);
        }
        Assert.That(differences, Is.Empty, string.Join('\n', differences.Take(5)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(observations.Values.Count(o => o.End == ObservationEnd.Completed), Is.GreaterThanOrEqualTo(cases.Count * 9 / 10), "most cases are asked");
            Assert.That(cases.Select(AllCases.FamilyOf).Distinct(), Is.EquivalentTo(AllCases.Families.Select(f => f.Name).Append(AllCases.Core)));
            var all = cases.SelectMany(c => StepLine.Of(outputs[c.Id])).ToList();
            Assert.That(all.Where(l => l.Op == "run").Select(l => l.Values["exit"]).Distinct().Count(), Is.GreaterThanOrEqualTo(3), "guests end in several ways");
            Assert.That(all.Where(l => l.Values.ContainsKey("MemAttr")).Select(l => l.Values["MemAttr"]).Distinct(), Is.EquivalentTo(new[] { "0b0110", "0b0101", "0b0001" }));
        }
    }

    /// <summary>
    /// One case for each family with each kind of memory and each provider, for each change, and for each operation of a guest.
    /// </summary>
    private static IReadOnlyList<Case> OfEveryClass(ProbeAbilities host)
    {
        static string Class(Case c) => $"{AllCases.FamilyOf(c)} {c.Backing.Kind} {c.Backing.Memory} {c.Backing.Type} {c.Backing.Provider}";

        var runnable = AllCases.Cases.Where(c => CaseCompiler.WhyNotRunnable(c, host) is null).ToList();
        return
        [
            .. runnable.DistinctBy(Class)
                .Concat(runnable.Where(c => c.Change is not null).DistinctBy(c => c.Change!.Kind))
                .Concat(runnable.Where(c => c.Guest is not null).DistinctBy(c => c.Guest!.Value.Operation))
                .Concat(runnable.Where(c => c.Placement != Placement.Ordinary).DistinctBy(c => c.Placement))
                .Concat(runnable.Where(c => c.Late).DistinctBy(c => c.Backing.Kind))
                .Concat(runnable.DistinctBy(c => (c.Extent, c.Accesses[0], c.Slot)))
                .DistinctBy(c => c.Id),
        ];
    }

    private async Task CompileAsync(IReadOnlyList<Case> cases, HostProfile profile)
    {
        var failed = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (c, cancel) =>
        {
            var expected = new Expectation("on repro", profile.Host, Mainline.V7_2.Predict(profile.Host, c));
            string source = Path.Combine(_folder, c.Id + ".c");
            await File.WriteAllTextAsync(source, Reproducer.Text(
                new ReproducerSource(c, CaseCompiler.Compile(c, profile.Abilities), [expected]) { Pci = profile.Abilities.Providers.Pci }), cancel);
            var result = await _runner.RunAsync(new ProcessSpec("aarch64-linux-gnu-gcc",
                "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-s", "-o", Path.Combine(_folder, c.Id), source), cancel);
            if (result.ExitCode != 0)
                failed.Add($"{c.Key}\n{result.ErrorText}");
            File.Delete(source);
        });
        Assert.That(failed, Is.Empty);
    }

    private async Task<byte[]> PackAsync()
    {
        string archive = Path.Combine(_folder, "..", Path.GetFileName(_folder) + ".tar.gz");
        try
        {
            (await _runner.RunAsync(new ProcessSpec("tar", "-I", "gzip -1", "-cf", archive, "-C", _folder, "."))).EnsureSuccess();
            return await File.ReadAllBytesAsync(archive);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    /// <summary>A host that is up, for the probe to be deployed to; it outlives the probe.</summary>
    private sealed class Booted(ITargetSession session) : ITarget
    {
        public string Name => session.Connection.Target;

        public Task<ITargetSession> OpenAsync(IProgress<string>? progress = null, CancellationToken cancel = default) => Task.FromResult(session);
    }
}
