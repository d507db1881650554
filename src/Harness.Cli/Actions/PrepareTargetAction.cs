using Harness.Cli.Configuration;
using Harness.Targets;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

/// <summary>Builds and loads the exporter module on a lab host, or unloads it.</summary>
internal static class PrepareTargetAction
{
    private static readonly string[] s_sources =
    [
        "Makefile",
        "exporter.c",
        "hotplug.c",
        "dax.c",
        "exporter.h",
        "stage2_exporter.h",
    ];

    public static async Task<int> ExecuteAsync(PrepareRequest request, HarnessConsole console, CancellationToken cancel)
    {
        string name = request.Target.Name;
        if (request.Target.Target is not SshTargetConfiguration ssh)
            throw new UsageException(
                $"'{name}' is not a lab host: the images of QEMU hosts have the exporter module (allowed: targets of kind ssh)"
            );
        var use = HostUse.For($"harness targets prepare {name}", console);
        var target = RunHosts.Lab(name, ssh, use);
        await using var session = await target
            .OpenAsync(new Progress<TargetProgress>(use.ReportUse(name)), cancel)
            .ConfigureAwait(false);
        var connection = session.Connection;
        var survey = await TargetSurvey.TakeAsync(connection, cancel).ConfigureAwait(false);
        ProbeDeployment.Check(survey, name);
        bool sudo = survey.UserId != 0;
        if (sudo && ssh.Become != BecomeChoice.Sudo)
            throw new TargetException(
                TargetFailure.NoPermission,
                name,
                $"loading a module takes root: log in as root, or set \"become\": \"sudo\" for '{name}' in harness.json"
            );
        if (sudo)
            await Sudo.EnsureAsync(connection, cancel).ConfigureAwait(false);
        var module = new ExporterModule(connection, survey, sudo);
        bool isLoaded = await module.IsLoadedAsync(cancel).ConfigureAwait(false);
        string undo = $"{Hint.Program} targets prepare {name} --undo";
        if (request.Undo)
        {
            if (isLoaded)
                await module.UnloadAsync(cancel).ConfigureAwait(false);
            console.Out.WriteLine(
                isLoaded ? $"{name}: the exporter module is unloaded" : $"{name}: no exporter module is loaded"
            );
            return ExitCodes.Ok;
        }
        if (isLoaded)
        {
            console.Out.WriteLine($"{name}: an exporter module is loaded already; {undo} unloads it");
            return ExitCodes.Ok;
        }
        console.Complain($"{name}: building the exporter module against {survey.KernelRelease}");
        string folder = Path.Combine(Installation.GuestImages, "exporter");
        await module
            .LoadAsync(
                s_sources.ToDictionary(f => f, f => File.ReadAllBytes(Path.Combine(folder, f))),
                request.Memory,
                cancel
            )
            .ConfigureAwait(false);
        console.Out.WriteLine(
            $"{name}: the exporter module is loaded, for kernel {survey.KernelRelease}; it goes with the next boot, or by {undo}"
        );
        if (request.Memory.Unknown is null)
            console.Out.WriteLine(
                $"{name}: it has no memory that the kernel doesn't know, so cases with such memory fail to set up: --memory BASE,SIZE names it"
            );
        return ExitCodes.Ok;
    }
}
