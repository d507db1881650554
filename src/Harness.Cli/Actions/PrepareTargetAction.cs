using System.Globalization;
using Harness.Cli.Configuration;
using Harness.Processes;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
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
        await using var host = RunHosts.Lab(name, ssh, ProbeFile.Embedded, use);
        await host.OpenAsync(use.ReportUse(name), cancel).ConfigureAwait(false);
        var connection = host.Connection!;
        bool become = ssh.Become == BecomeChoice.Sudo;
        var needs = new FolderNeeds
        {
            Only = ssh.Folder,
            Sudo = become,
            Bytes = ExporterModule.Bytes,
        };
        var survey = await TargetSurvey.TakeAsync(connection, needs, cancel).ConfigureAwait(false);
        ProbeDeployment.Check(survey, name);
        bool sudo = survey.UserId != 0;
        if (sudo && !become)
            throw new TargetException(
                TargetFailure.NoPermission,
                name,
                $"loading a module takes root: log in as root, or set \"become\": \"sudo\" for '{name}' in harness.json"
            );
        if (sudo)
            await Sudo.EnsureAsync(connection, cancel).ConfigureAwait(false);
        var prepared = new Prepared(name, host, new ExporterModule(connection, survey, sudo), console);
        if (request.Undo)
            await prepared.UnloadAsync(cancel).ConfigureAwait(false);
        else
            await prepared.LoadAsync(survey.KernelRelease, request.Memory, cancel).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    /// <summary>A host with or without the module.</summary>
    private sealed class Prepared(string name, TargetProbeHost host, ExporterModule module, HarnessConsole console)
    {
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

        private string Undo => $"{Hint.Program} targets prepare {name} --undo";

        public async Task UnloadAsync(CancellationToken cancel)
        {
            bool isLoaded = await module.IsLoadedAsync(cancel).ConfigureAwait(false);
            if (isLoaded)
                await module.UnloadAsync(cancel).ConfigureAwait(false);
            Print(isLoaded ? "the exporter module is unloaded" : "no exporter module is loaded");
        }

        public async Task LoadAsync(string release, ExporterMemory memory, CancellationToken cancel)
        {
            if (await module.IsLoadedAsync(cancel).ConfigureAwait(false))
            {
                if (await OtherAsync(cancel).ConfigureAwait(false) is { } other)
                    throw new TargetException(
                        TargetFailure.Configuration,
                        name,
                        $"the exporter module that is loaded there has {other}, and this harness's has {FactsReader.ExporterAbi}: {Undo} unloads it; then prepare the host again"
                    );
                Print($"an exporter module is loaded already; {Undo} unloads it");
                return;
            }
            string what = $"the exporter module is loaded, for kernel {release}";
            if (await LoadInstalledAsync(memory, cancel).ConfigureAwait(false) is { } installed)
                what = $"the exporter module that is installed there is loaded, {installed}";
            else
            {
                console.Complain($"{name}: building the exporter module against {release}");
                string folder = Path.Combine(Installation.GuestImages, "exporter");
                await module
                    .LoadAsync(
                        s_sources.ToDictionary(f => f, f => File.ReadAllBytes(Path.Combine(folder, f))),
                        memory,
                        cancel
                    )
                    .ConfigureAwait(false);
            }
            Print($"{what}; it goes with the next boot, or by {Undo}");
            if (memory.Unknown is null)
                Print(
                    "it has no memory that the kernel doesn't know, so cases with such memory fail to set up: --memory BASE,SIZE names it"
                );
        }

        /// <summary>The file of the module that was installed and is loaded now; null if there is none of this
        /// version.</summary>
        private async Task<string?> LoadInstalledAsync(ExporterMemory memory, CancellationToken cancel)
        {
            if (await module.InstalledAsync(cancel).ConfigureAwait(false) is not { } file)
                return null;
            await module.LoadInstalledAsync(memory, cancel).ConfigureAwait(false);
            if (await OtherAsync(cancel).ConfigureAwait(false) is not { } other)
                return file;
            await module.UnloadAsync(cancel).ConfigureAwait(false);
            console.Complain(
                $"{name}: {file} has {other}, and this harness's has {FactsReader.ExporterAbi}: it is left installed, and not used"
            );
            return null;
        }

        /// <summary>"ABI 4" of the module that is loaded; null if it is this harness's.</summary>
        private async Task<string?> OtherAsync(CancellationToken cancel)
        {
            await using var link = await host.StartProbeAsync(_ => { }, cancel).ConfigureAwait(false);
            var facts = await new Dispatcher(link, window: 1, TimeoutScale.Scale(Grace))
                .FactsAsync([], cancel)
                .ConfigureAwait(false);
            var exporter = facts.Inner("exporter");
            if (exporter.Integer("errno") is not 0 and var errno)
                return string.Create(CultureInfo.InvariantCulture, $"an unknown ABI (errno {errno})");
            long abi = exporter.Integer("abi");
            return abi == FactsReader.ExporterAbi ? null : string.Create(CultureInfo.InvariantCulture, $"ABI {abi}");
        }

        private void Print(string sentence) => console.Out.WriteLine($"{name}: {sentence}");
    }
}
