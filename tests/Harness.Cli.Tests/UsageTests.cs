using Harness.Cli.Actions;
using Harness.Images;
using Harness.Model;
using Harness.Store;
using Harness.Targets.Deployment;

namespace Harness.Cli.Tests;

public sealed class UsageTests : CommandFixture
{
    [TestCase("run --target fbw", "harness: unknown target 'fbw': did you mean 'fwb'? (allowed: fwb, lab)")]
    [TestCase(
        "run --suite nightly",
        "harness: unknown suite 'nightly': did you mean 'night'? (allowed: default, night, moves)"
    )]
    [TestCase(
        "run --suite moves",
        "harness: suite 'moves' moves VMs between its hosts: scripts/harness migrate --suite moves"
    )]
    [TestCase("run --fail-on porperty", "harness: --fail-on: 'porperty' is unknown (allowed: property)")]
    [TestCase("run --config missing.json", "missing.json: the file does not exist")]
    [TestCase(
        "run --tragte fwb",
        "harness: run has no option '--tragte': did you mean '--target'? (scripts/harness run --help)"
    )]
    [TestCase("run --tragte=fwb", "harness: run has no option '--tragte': did you mean '--target'?")]
    [TestCase("export --fromat junit", "harness: export has no option '--fromat': did you mean '--format'?")]
    [TestCase(
        "cases --filter provider=vfio&type=wb",
        "harness: no case fits the filter 'provider=vfio&type=wb': without type=wb "
    )]
    [TestCase("init /proc/nosuch", "harness: /proc/nosuch/harness.json can't be written: ")]
    [TestCase("show --limti", "harness: show has no option '--limti': did you mean '--limit'?")]
    [TestCase("run --cnofig x", "harness: run has no option '--cnofig': did you mean '--config'?")]
    [TestCase("run --frobnicate", "harness: run has no option '--frobnicate' (scripts/harness run --help)")]
    [TestCase("run target fwb", "harness: run: 'target' is one argument too many: did you mean '--target'?")]
    [TestCase("show a b", "harness: show: 'b' is one argument too many (scripts/harness show --help)")]
    [TestCase("rnu", "harness: there is no command 'rnu': did you mean 'run'? (scripts/harness --help)")]
    [TestCase("explian 3fa94c", "harness: there is no command 'explian': did you mean 'explain'?")]
    [TestCase(
        "images bulid",
        "harness: images has no command 'bulid': did you mean 'build'? (scripts/harness images --help)"
    )]
    [TestCase("targets chekc fwb", "harness: targets has no command 'chekc': did you mean 'check'?")]
    [TestCase("run --suite nihgt", "unknown suite 'nihgt': did you mean 'night'? (allowed: default, night, moves)")]
    [TestCase("export --format juint", "--format: unknown format 'juint': did you mean 'junit'?")]
    [TestCase("audit --system sae", "unknown system 'sae'")]
    [TestCase(
        "cases --filter provider=vifo",
        "filter 'provider=vifo', at 10: 'vifo' is not a value of provider: did you mean 'vfio'?"
    )]
    [TestCase(
        "cases --filter backing=vfio",
        "filter 'backing=vfio', at 9: 'vfio' is not a value of backing: did you mean provider=vfio?"
    )]
    [TestCase(
        "diff-policies mainline-7.2 mainlin-6.1",
        "unknown policy 'mainlin-6.1': did you mean 'mainline-6.1'? (scripts/harness policies lists all)"
    )]
    [TestCase(
        "diff-policies mainline-7.2 mainline-7.2-without-cacheable-pfnmap",
        "mainline-7.2 has no rule 'cacheable-pfnmap'"
    )]
    [TestCase(
        "diff-policies mainline-7.2 mainline-7.2-without-cacheable-pfnmap-unsuported",
        "mainline-7.2 has no rule 'cacheable-pfnmap-unsuported': did you mean 'cacheable-pfnmap-unsupported'? (allowed: "
    )]
    [TestCase("run --target", "harness: --target needs a value: --target T (scripts/harness run --help)")]
    [TestCase("targets check", "harness: targets check needs T (scripts/harness targets check --help)")]
    [TestCase(
        "targets prepare lab --memory 5",
        "harness: --memory: '5' is not BASE,SIZE (example: 0xA0000000,0x10000000)"
    )]
    [TestCase(
        "targets prepare lab --hotplug a,b",
        "harness: --hotplug: 'a,b' is not BASE,SIZE (example: 0xA0000000,0x10000000)"
    )]
    [TestCase("targets check nobody", "harness: unknown target 'nobody' (allowed: fwb, lab)")]
    [TestCase(
        "explain --policy mainline-7.2",
        "harness: explain needs a CASE or --filter (scripts/harness explain --help)"
    )]
    [TestCase("explain 3fa94c --filter *", "harness: explain takes a CASE or --filter, not both")]
    [TestCase("explain 3fa94c --limit 2", "harness: explain takes --limit only with --filter")]
    [TestCase("audit --policy mainline-7.2-without-nothing", "harness: mainline-7.2 has no rule 'nothing' (allowed: ")]
    [TestCase(
        "audit --policy mainline-6.15",
        "harness: unknown policy 'mainline-6.15': did you mean 'mainline-6.10'? (scripts/harness policies lists all)"
    )]
    [TestCase("identify", "harness: identify needs a TARGET or --run")]
    [TestCase("identify nobody", "harness: unknown target 'nobody' (allowed: fwb, lab)")]
    [TestCase("identify --run newest", "results.db does not exist")]
    [TestCase(
        "explain 3fa94c --policy mainline-7.2 --on fbw",
        "harness: --on: 'fbw' is not a fact of a CPU: did you mean 'fwb'? (allowed: fwb, nofwb, dic, nodic, mte, nomte, protected, noprotected, joined by commas; or none)"
    )]
    [TestCase("explain 3fa94c --policy mainline-7.2 --on fwb,", "harness: --on: '' is not a fact of a CPU")]
    [TestCase("explain 3fa94c --policy mainline-7.2 --on fwb,none", "harness: --on: 'none' is not a fact of a CPU")]
    [TestCase("explain 3fa94c --policy mainline-7.2 --on fwb,nofwb", "harness: --on: 'fwb,nofwb' contradicts itself")]
    [TestCase(
        "explain 3fa94c --target lab --on fwb",
        "harness: a target has its own facts: give --on or --target, not both"
    )]
    [TestCase("repro 3fa94c", "harness: repro needs --c: C is the only format")]
    [TestCase(
        "repro 3fa94c --c --target lab --on fwb",
        "harness: a target has its own facts: give --on or --target, not both"
    )]
    [TestCase("evidence 3fa94c", "harness: evidence needs RUN (scripts/harness evidence --help)")]
    [TestCase("explain 3fa94c --policy a --policy b --policy c", "harness: explain compares two policies at most")]
    [TestCase("diff-policies mainline-6.16", "harness: diff-policies needs B (scripts/harness diff-policies --help)")]
    [TestCase(
        "diff-policies mainline-6.16 mainline-6.15",
        "harness: unknown policy 'mainline-6.15': did you mean 'mainline-6.10'? (scripts/harness policies lists all)"
    )]
    [TestCase(
        "cases --filter bakcing=x",
        "harness: filter 'bakcing=x', at 1: 'bakcing' is not an attribute: did you mean 'backing'? (allowed: id, "
    )]
    [TestCase(
        "cases --filter backing=nothing",
        "harness: filter 'backing=nothing', at 9: 'nothing' is not a value of backing: did you mean beside=nothing? (allowed: anonymous, "
    )]
    [TestCase(
        "cases --filter backing=hole&backing=gmem",
        "harness: no case fits the filter 'backing=hole&backing=gmem'"
    )]
    [TestCase("db check missing.db", "missing.db does not exist")]
    [TestCase("db check harness.json", "harness.json is not a SQLite database")]
    [TestCase("report --db harness.json", "harness.json is not a SQLite database")]
    [TestCase("report", "results.db does not exist")]
    [TestCase("export", "harness: Option '--format' is required (scripts/harness export --help)")]
    [TestCase("export --format xml", "harness: --format: unknown format 'xml' (allowed: junit, ktap, kcidb, csv)")]
    [TestCase(
        "export --format kcidb --origin My-Lab",
        "harness: --origin: 'My-Lab' is not a valid origin (allowed: small letters, digits and underscores)"
    )]
    [TestCase("export --format csv --origin lab", "harness: --origin is for --format kcidb alone")]
    [TestCase("export --format csv", "results.db does not exist")]
    [TestCase("report --html r.html --json", "--html and --json: one of them")]
    [TestCase("compare", "results.db does not exist")]
    [TestCase("compare a b --db harness.json", "harness.json is not a SQLite database")]
    [TestCase("images", "harness: images needs a command: build, list (scripts/harness images --help)")]
    [TestCase("", "harness: no command is given: init, run, ")]
    [TestCase("frobnicate", "harness: there is no command 'frobnicate' (scripts/harness --help)")]
    [TestCase("run --jobs abc", "harness: --jobs: 'abc' is no number from 1 to 1000")]
    [TestCase("run --jobs 0", "harness: --jobs: '0' is no number from 1 to 1000")]
    [TestCase("run --workers 65", "harness: --workers: '65' is no number from 1 to 64")]
    [TestCase("run --filter \t", "harness: --filter: it is empty; '*' is every case")]
    public async Task Bad_usage_is_a_clear_line_on_stderr_and_exit_code_2(string line, string message)
    {
        var (code, output, error) = await Harness(line);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(error.Split('\n')[0], Does.StartWith("harness: ").And.Contain(message));
            Assert.That(error, Does.Not.Contain("   at "));
            Assert.That(output, Is.Empty);
            Assert.That(File.Exists(Path.Combine(Directory, "results.db")), Is.False, "nothing is stored");
        });
    }

    [Test]
    public async Task Every_fault_of_the_configuration_is_a_line_of_its_own()
    {
        File.WriteAllText(Path.Combine(Directory, "harness.json"), Configuration.Replace("\"track\"", "\"trakc\""));
        var (code, _, error) = await Harness("run");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(
            error.TrimEnd().Split('\n'),
            Has.Length.EqualTo(2).And.All.StartsWith($"harness: {Directory}/harness.json:3: targets.fwb")
        );
    }

    [Test]
    public async Task A_run_takes_the_suite_and_the_options_go_before_it()
    {
        await Harness("run");
        var plain = (RunRequest)Asked!;
        await Harness("run --suite night --policy mainline-6.9");
        var night = (RunRequest)Asked!;
        await Harness("run --target lab --target fwb --target lab --db my.db --json --filter access=read");
        var named = (RunRequest)Asked!;
        Assert.Multiple(() =>
        {
            Assert.That(plain.Targets.Select(t => t.Name), Is.EqualTo(new[] { "fwb" }));
            Assert.That(
                (plain.Filter, plain.Policy, plain.How.Json),
                Is.EqualTo(((string?)null, (string?)null, false))
            );
            Assert.That(plain.Database, Is.EqualTo(Path.Combine(Directory, "results.db")));
            Assert.That(night.Targets.Select(t => t.Name), Is.EqualTo(new[] { "lab", "fwb" }));
            Assert.That((night.Filter, night.Policy), Is.EqualTo(("backing=pfnmap", "mainline-6.9")));
            Assert.That(named.Targets.Select(t => t.Name), Is.EqualTo(new[] { "lab", "fwb" }));
            Assert.That(
                (named.Database, named.Filter, named.How.Json),
                Is.EqualTo((Path.Combine(Directory, "my.db"), "access=read", true))
            );
            Assert.That(
                named.CommandLine,
                Is.EqualTo("harness run --target lab --target fwb --target lab --db my.db --json --filter access=read")
            );
        });
    }

    [Test]
    public async Task The_other_verbs_pass_on_what_they_were_given()
    {
        await Harness("images build 7.2 6.12 --refresh");
        var build = (BuildImagesRequest)Asked!;
        await Harness("explain 3fa9 --target lab");
        var explain = (ExplainRequest)Asked!;
        await Harness("explain 3fa9 --policy mainline-6.9 --policy mainline-7.3 --on fwb,nomte");
        var two = (ExplainRequest)Asked!;
        await Harness("repro 3fa9 --c --policy mainline-6.9 --on fwb --output a.c");
        Assert.That(((ReproRequest)Asked!).Output, Is.EqualTo(Path.Combine(Directory, "a.c")));
        await Harness("evidence 3fa9 newest --target lab");
        Assert.That(
            Asked,
            Is.EqualTo(new EvidenceRequest("3fa9", "newest", "lab", Path.Combine(Directory, "results.db"), null))
        );
        await Harness("targets check lab");
        Assert.That(build.Tracks, Is.EqualTo(new[] { "7.2", "6.12" }));
        Assert.That(build.Refresh, Is.True);
        Assert.That(
            (explain.Case, explain.Target!.Name, explain.On),
            Is.EqualTo(("3fa9", "lab", (IReadOnlyList<HostFacts>?)null))
        );
        Assert.That(explain.Policies, Is.Empty);
        Assert.That(two.Policies, Is.EqualTo(new[] { "mainline-6.9", "mainline-7.3" }));
        Assert.That(two.On, Is.EquivalentTo(new[] { new HostFacts(true, false), new HostFacts(true, true) }));
        var check = (CheckRequest)Asked!;
        Assert.That(
            (check.Target.Name, check.Suite, check.Filter, check.Facts, check.Json),
            Is.EqualTo(("lab", "default", (string?)null, false, false))
        );
        await Harness("targets check lab --suite night --facts --json");
        check = (CheckRequest)Asked!;
        Assert.That(
            (check.Suite, check.Filter, check.Policy, check.Facts, check.Json),
            Is.EqualTo(("night", "backing=pfnmap", "mainline-7.2", true, true))
        );
        await Harness("targets prepare lab --memory 0xA0000000,268435456 --hotplug 0xB8000000,1 --dax 0xB0000000,2");
        Assert.That(
            ((PrepareRequest)Asked!).Memory,
            Is.EqualTo(new ExporterMemory((0xA0000000ul, 0x10000000ul), (0xB8000000ul, 1), (0xB0000000ul, 2)))
        );
        await Harness("targets prepare lab --undo");
        Assert.That(
            (((PrepareRequest)Asked!).Memory, ((PrepareRequest)Asked!).Undo),
            Is.EqualTo((new ExporterMemory(null), true))
        );
        await Harness("targets check lab --filter backing=anonymous");
        check = (CheckRequest)Asked!;
        Assert.That((check.Suite, check.Filter), Is.EqualTo(((string?)null, "backing=anonymous")));
        Assert.That((await Harness("images list")).Code, Is.Zero);
        Assert.That(((ListImagesRequest)Asked!).Releases, Is.False);
        await Harness("images list 7.2 --releases");
        Assert.That(
            (((ListImagesRequest)Asked!).Tracks, ((ListImagesRequest)Asked!).Releases),
            Is.EqualTo((new[] { "7.2" }, true))
        );
        await Harness("images build --kernel build --kernel-modules mods --kernel-headers /h");
        Assert.That(
            ((BuildImagesRequest)Asked!).Kernel,
            Is.EqualTo(new LocalKernel(Path.Combine(Directory, "build"), Path.Combine(Directory, "mods"), "/h"))
        );
        Assert.That((await Harness("images build")).Code, Is.Zero);
        Assert.That(((BuildImagesRequest)Asked!).Tracks, Is.Empty);
    }

    [Test]
    public async Task Targets_are_listed_with_what_they_are()
    {
        var (code, output, _) = await Harness("targets");
        Assert.That(code, Is.Zero);
        Assert.That(
            output,
            Is.EqualTo(
                """
                fwb  qemu  kernel 7.2, cpu max, 2 CPUs, 2048 MiB
                lab  ssh   root@lab port 2222
                suite default: fwb
                suite night: lab, fwb
                suite moves: pairs of lab, fwb

                """
            )
        );
    }

    [Test]
    public async Task Cases_are_listed_and_those_that_cannot_be_are_counted()
    {
        var all = await Harness("cases");
        var some = await Harness("cases --filter slot=ro --json");
        Assert.That(all.Code, Is.Zero);
        Assert.That(all.Out, Does.Contain(" cases; of the full product, impossible on any machine:"));
        Assert.That(some.Out.TrimEnd().Split('\n'), Is.All.Contains("\"slot\":\"ro\""));
    }

    [TestCase("")]
    [TestCase("run")]
    [TestCase("cases")]
    [TestCase("explain")]
    [TestCase("repro")]
    [TestCase("evidence")]
    [TestCase("timeline")]
    [TestCase("bisect")]
    [TestCase("diff-policies")]
    [TestCase("targets")]
    [TestCase("targets check")]
    [TestCase("images")]
    [TestCase("images build")]
    [TestCase("images list")]
    [TestCase("db")]
    [TestCase("db check")]
    [TestCase("db merge")]
    [TestCase("db prune")]
    [TestCase("report")]
    [TestCase("compare")]
    [TestCase("export")]
    [TestCase("runs")]
    [TestCase("show")]
    [TestCase("completion")]
    public async Task Help_shows_examples_and_exit_codes(string verb)
    {
        var (code, output, error) = await Harness($"{verb} --help");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(error, Is.Empty);
            Assert.That(output, Does.Contain("Exit codes:\n    0  ").And.Contain("  130  interrupted"));
            if (verb.Length > 0)
                Assert.That(output, Does.Contain($"Examples:\n  harness {verb}"));
        });
    }

    [Test]
    public async Task Help_lists_every_command_in_one_group()
    {
        string help = (await Harness("--help")).Out;
        string[] verbs =
        [
            .. help.Split('\n')
                .Where(l => l.StartsWith("  ", StringComparison.Ordinal) && l.Length > 2 && char.IsAsciiLetter(l[2]))
                .Select(l => l.Trim().Split(' ')[0]),
        ];
        Assert.That(verbs, Is.Unique.And.Contain("run").And.Contain("explain"));
        foreach (string verb in verbs.Where(v => v != "harness" && v != "Checks"))
            Assert.That((await Harness($"{verb} --help")).Out, Does.StartWith("Description:"), verb);
        foreach (string title in VerbGroups.All.Select(g => g.Title))
            Assert.That(help, Does.Contain($"\n{title}:\n  "));
        Assert.That(help, Does.Not.Contain("Commands:"));
        Assert.That(
            help.Split('\n').Where(l => l.Contains("  show ")),
            Has.Some.Contains("Prints a stored run in short")
        );
    }

    [TestCase("run", "0 1 2 3 4 70 130")]
    [TestCase("explain", "0 2 3 70 130")]
    [TestCase("compare", "0 1 2 3 70 130")]
    [TestCase("db check", "0 2 3 70 130")]
    [TestCase("targets check", "0 1 2 3 70 130")]
    [TestCase("targets prepare", "0 2 3 70 130")]
    [TestCase("", "0 1 2 3 4 70 130")]
    public async Task Help_of_a_command_has_the_exit_codes_of_that_command(string verb, string codes)
    {
        string help = (await Harness($"{verb} --help")).Out;
        string part = help[help.IndexOf("Exit codes:", StringComparison.Ordinal)..];
        Assert.That(
            part.Split('\n').Skip(1).Select(l => l.Trim().Split(' ')[0]).Where(w => int.TryParse(w, out _)),
            Is.EqualTo(codes.Split(' '))
        );
        Assert.That(part.Contains("compare:", StringComparison.Ordinal), Is.EqualTo(verb.Length == 0));
    }

    [TestCase("report --html /dev/full", "harness: --html /dev/full: the disk is full")]
    [TestCase("repro f247a6ff73a2 --c --output /dev/full", "harness: /dev/full can't be written: the disk is full")]
    public async Task A_full_disk_has_one_exit_code(string line, string message)
    {
        await using (
            var writer = await Store
                .ResultStore.OpenOrCreate(Path.Combine(Directory, "results.db"))
                .BeginRunAsync(new Store.RunRecord("r", DateTimeOffset.UnixEpoch, "harness run", "1", "m", null, null))
        )
            await writer.FinishAsync(Store.States.Finished);
        Real = true;
        var (code, _, error) = await Harness(line);
        Assert.That((code, error), Is.EqualTo((3, message + "\n")));
    }

    [Test]
    public async Task A_kernel_that_is_not_there_is_one_line_and_nothing_is_stored()
    {
        Real = true;
        var (code, _, error) = await Harness("run --target fwb --filter id=f247a6ff73a2 --kernel /nosuch");
        Assert.That(
            (code, error),
            Is.EqualTo((2, "harness: /nosuch does not exist: give an arm64 Image, or the tree in which it was built\n"))
        );
        Assert.That(File.Exists(Path.Combine(Directory, "results.db")), Is.False);
    }
}
