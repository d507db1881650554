using System.CommandLine;
using System.IO.Enumeration;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Images;

namespace Harness.Cli.Verbs;

internal static class RunVerb
{
    public const string DefaultSuite = "default";

    private const string Lava = "lava";

    public static Command Create(VerbContext context)
    {
        var targets = new Option<string[]>("--target")
        {
            Description =
                "A target of harness.json, or TRACK/CPU/MODE; with * or ? a pattern for hosts of the suite. May be given more than once. By default those of the suite.",
            HelpName = "T",
            DefaultValueFactory = _ => [],
        };
        var suite = new Option<string?>("--suite")
        {
            Description = $"A suite of harness.json; by default '{DefaultSuite}'.",
            HelpName = "S",
        };
        var filter = VerbContext.Filter();
        var policy = new Option<string?>("--policy")
        {
            Description =
                "Judge every host by this policy; by default each by that of its kernel. mainline-7.2-without-RULE is one without a rule.",
            HelpName = "P",
        };
        var jobs = VerbContext.Jobs();
        var wait = VerbContext.Wait();
        var cold = VerbContext.Cold();
        var workers = VerbContext.Workers();
        var kernel = new Option<string?>("--kernel")
        {
            Description =
                "A kernel that you built, an arm64 Image or its tree: booted on each host in place of its track's.",
            HelpName = "PATH",
        };
        var modules = new Option<string?>("--kernel-modules")
        {
            Description = "The folder of that kernel's modules, if not in its tree.",
            HelpName = "DIR",
        };
        var headers = new Option<string?>("--kernel-headers")
        {
            Description = "What modules are built against, if not its tree.",
            HelpName = "DIR",
        };
        var forGit = new Option<bool>(GitBisectCodes.Option) { Description = GitBisectCodes.Help };
        var resume = new Option<string?>("--resume")
        {
            Description =
                $"Resume a run that was interrupted, or lost its harness or hosts: its cases without a verdict are run. The run: {StoredRuns.Words}.",
            HelpName = "RUN",
        };
        var shard = ShardOptions.Create();
        var notify = new Option<string?>("--notify")
        {
            Description =
                "Pass a one-page summary to this shell command when the run has ended: the changes since the last comparable run; the first line is the subject ($HARNESS_SUBJECT).",
            HelpName = "CMD",
        };
        var signals = new Option<string?>("--signals")
        {
            Description = $"Print the signals of a test engine to stdout as verdicts arrive: {Lava}.",
            HelpName = "ENGINE",
        };
        signals.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } engine && engine != Lava)
                result.AddError($"--signals: '{engine}' is not an engine (allowed: {Lava})");
        });
        var failOn = FailOn.Create();
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command("run", "Runs cases on targets, judges, stores and prints the verdicts.")
        {
            targets,
            suite,
            filter,
            policy,
            kernel,
            modules,
            headers,
            forGit,
            shard.Part,
            shard.Night,
            shard.Times,
            resume,
            jobs,
            wait,
            cold,
            workers,
            notify,
            failOn,
            signals,
            db,
            json,
        }.WithExamples(
            "run                                          # the default suite",
            "run --target gh200                           # its cases on another host",
            "run --target gh200 --filter '*'              # every case",
            "run --target fwb --filter 'backing=pfnmap & access!=exec'",
            "run --target fwb --policy mainline-6.9       # hold a newer kernel to an older policy",
            "run --policy mainline-7.2-without-cacheable-pfnmap-unsupported   # what a rule prevents",
            "run --kernel ~/linux                         # the default suite on a kernel of your own",
            "run --kernel . --filter id=f247a6ff73a2 --policy mainline-6.9 --git-bisect   # in `git bisect run`: docs/bisect.md",
            "run --fail-on property                       # also if a safety property was broken",
            "run --suite nightly --target '7.2/*'         # a part of the matrix",
            "run --suite nightly --shard 3/8 --night 2026-11-21 --db shard-3.db   # one of eight controllers: docs/many-machines.md",
            "run --resume 2026-11-21T12-09                # the rest of an interrupted run",
            "run --suite nightly --db nightly.db --notify 'mail -s \"$HARNESS_SUBJECT\" kvm@lab'",
            "run --suite nightly --db nightly.db --json > nightly.jsonl",
            "run --target gh200 --signals lava            # in a job of LAVA"
        );
        command.Validators.Add(result =>
        {
            if (result.GetValue(forGit) && result.GetValue(failOn) is not null)
                result.AddError($"--fail-on and {GitBisectCodes.Option}: one of them");
            if (result.GetValue(signals) is not null && result.GetValue(json))
                result.AddError("--signals and --json: one of them, both print to stdout");
            shard.Validate(result, forGit);
            if (result.GetResult(resume) is not { Implicit: false })
                return;
            foreach (
                Option other in new Option[]
                {
                    targets,
                    suite,
                    filter,
                    policy,
                    kernel,
                    modules,
                    headers,
                    forGit,
                    shard.Part,
                    shard.Night,
                    shard.Times,
                }
            )
                if (result.GetResult(other) is { Implicit: false })
                    result.AddError($"--resume: {other.Name} can't be changed: a resumed run keeps its options");
        });
        command.SetAction(
            (parsed, cancel) =>
            {
                var how = new RunOptions(parsed.GetValue(json))
                {
                    Jobs = parsed.GetValue(jobs),
                    Cold = parsed.GetValue(cold),
                    Workers = parsed.GetValue(workers),
                    Notify = parsed.GetValue(notify),
                    FailOn = parsed.GetValue(failOn),
                    Signals = parsed.GetValue(signals) is not null,
                    Known = () => parsed.GetValue(forGit) ? [] : context.Known(parsed),
                };
                var patience = VerbContext.WaitOf(parsed.GetValue(wait));
                if (parsed.GetValue(resume) is { } run)
                    return context.Actions.Resume(
                        new ResumeRequest(run, context.DbOf(parsed, db), how, context.CommandLine, patience),
                        context.Console,
                        cancel
                    );
                var configuration = context.Load(parsed);
                string[] named = parsed.GetValue(targets)!;
                // Running every case takes hours, so it requires an explicit filter.
                var chosen =
                    parsed.GetValue(suite) is { } name ? VerbContext.SuiteToRun(configuration, name)
                    : named.Length == 0 ? VerbContext.SuiteToRun(configuration, DefaultSuite)
                    : configuration.Suites.GetValueOrDefault(DefaultSuite);
                var local = ImagesVerb.LocalKernelOf(
                    context.Console.Directory,
                    parsed.GetValue(kernel),
                    parsed.GetValue(modules),
                    parsed.GetValue(headers)
                );
                var hosts = Hosts(configuration, chosen, named, parsed.GetValue(filter) is not null);
                return context.Actions.Run(
                    new RunRequest(
                        local is null ? hosts : WithKernel(hosts),
                        parsed.GetValue(filter) ?? chosen?.Filter,
                        parsed.GetValue(policy) ?? chosen?.Policy,
                        context.DbOf(parsed, db),
                        how,
                        context.CommandLine
                    )
                    {
                        Suite = parsed.GetValue(suite) ?? (named.Length == 0 ? DefaultSuite : null),
                        Kernel = local,
                        ForGit = parsed.GetValue(forGit),
                        Wait = patience,
                        Shard = shard.RequestOf(parsed, context.Console.Directory),
                    },
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }

    /// <summary>
    /// The same machines under different names: their results are not those of their tracks' kernels. Each CPU once.
    /// </summary>
    private static List<NamedTarget> WithKernel(List<NamedTarget> hosts)
    {
        var local = hosts.Select(h =>
            h.Target is QemuTargetConfiguration qemu
                ? h with
                {
                    Name =
                        $"{LocalKernel.Track}/{(h.Name.Split('/') is [_, .. { Length: > 0 } machine] ? string.Join('/', machine) : h.Name)}",
                    Target = qemu with { Track = LocalKernel.Track },
                }
                : throw new UsageException(
                    $"--kernel: '{h.Name}' boots its own kernel (allowed: hosts that QEMU boots)"
                )
        );
        return [.. local.DistinctBy(h => h.Name)];
    }

    /// <summary>
    /// The suite's hosts, or the named ones. A pattern selects from the suite's hosts, which keep their filters; a
    /// plain name selects that host.
    /// </summary>
    private static List<NamedTarget> Hosts(
        HarnessConfiguration configuration,
        SuiteConfiguration? suite,
        string[] named,
        bool filtered
    )
    {
        var all = suite is null
            ? []
            : configuration
                .HostsOf(suite)
                .Select(h => new NamedTarget(h.Name, h.Target) { Filter = filtered ? null : h.Filter })
                .ToList();
        if (named.Length == 0)
            return all;
        var hosts = named.SelectMany(name =>
            name.AsSpan().IndexOfAny('*', '?') < 0
                ? all.Where(h => h.Name == name).Append(VerbContext.Target(configuration, name)).Take(1)
            : all.Where(h => FileSystemName.MatchesSimpleExpression(name, h.Name)) is var some && some.Any() ? some
            : throw new UsageException(
                $"no host of the suite fits '{name}' (it has: {string.Join(", ", all.Select(h => h.Name))})"
            )
        );
        return [.. hosts.DistinctBy(h => h.Name)];
    }
}
