using System.CommandLine;
using Harness.Cases.Filter;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;

namespace Harness.Cli.Verbs;

internal static class BisectVerb
{
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("CASE") { Description = CasesAction.Words };
        var good = new Option<string>("--good")
        {
            Description =
                "The older end; other kernels are compared with its decision: a kernel track (its newest kernel) or a release of one (6.12.107).",
            HelpName = "RELEASE",
            Required = true,
        };
        var bad = new Option<string>("--bad")
        {
            Description =
                "The newer end, which decides differently. Between two tracks their newest kernels are tested; between two releases every release in the archive.",
            HelpName = "RELEASE",
            Required = true,
        };
        var package = new Option<bool>("--package")
        {
            Description = "Continue over the archive's point releases between the two tracks found.",
        };
        var cpu = new Option<string?>("--cpu")
        {
            Description = "A CPU of 'cpus' in harness.json, or CPU/MODE; by default the first.",
            HelpName = "CPU",
        };
        var json = VerbContext.Json();
        var command = new Command(
            "bisect",
            "Boots kernels to find the first that decides a case differently: what KVM_SET_USER_MEMORY_REGION returned, how each access ended, the leaf it left. "
                + "A kernel that can't be booted or tested is skipped. Nothing is predicted, and nothing is stored."
        )
        {
            what,
            good,
            bad,
            package,
            cpu,
            json,
        }.WithExamples(
            "bisect f247a6ff73a2 --good 6.1 --bad 7.2",
            "bisect 8b07cf47dd60 --good 6.12.107 --bad 6.12.117   # inside a series",
            "bisect f247a6ff73a2 --good 6.12 --bad 7.2 --cpu a76 --package"
        );
        command.SetAction(
            (parsed, cancel) =>
            {
                var configuration = context.Load(parsed);
                var (name, chosen) = Cpu(configuration, parsed.GetValue(cpu));
                return context.Actions.Bisect(
                    new BisectRequest(
                        parsed.GetValue(what)!,
                        parsed.GetValue(good)!,
                        parsed.GetValue(bad)!,
                        name,
                        chosen.Cpu,
                        chosen.Mode,
                        parsed.GetValue(package),
                        parsed.GetValue(json)
                    ),
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }

    private static (string Name, (CpuConfiguration Cpu, KvmModeChoice Mode) Chosen) Cpu(
        HarnessConfiguration configuration,
        string? named
    )
    {
        string name = named
            ?? configuration.Cpus.Keys.FirstOrDefault()
            ?? throw new UsageException("harness.json has no 'cpus' to boot kernels on");
        return configuration.FindCpu(name) is { } found
            ? found
            : throw new UsageException(
                $"unknown CPU '{name}'{NearestWord.Hint(name, configuration.Cpus.Keys)} (allowed: {string.Join(", ", configuration.Cpus.Keys)}, each with /vhe, /nvhe or /protected)"
            );
    }
}
