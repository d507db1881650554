using System.Globalization;
using Harness.Processes;
using Harness.Protocol;
using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>Start and size of ranges that a host's kernel doesn't know; null for none.</summary>
/// <param name="Unknown">What the module exports.</param>
/// <param name="Hotplug">What it adds to the kernel's memory and removes.</param>
/// <param name="Dax">What it makes a device-dax device of.</param>
public sealed record ExporterMemory(
    (ulong Start, ulong Size)? Unknown,
    (ulong Start, ulong Size)? Hotplug = null,
    (ulong Start, ulong Size)? Dax = null
)
{
    /// <summary>The module's parameters, each after a space.</summary>
    public string Parameters =>
        Parameter("base", "size", Unknown)
        + Parameter("hotplug_base", "hotplug_size", Hotplug)
        + Parameter("dax_base", "dax_size", Dax);

    private static string Parameter(string start, string size, (ulong Start, ulong Size)? range) =>
        range is { } r
            ? string.Create(CultureInfo.InvariantCulture, $" {start}=0x{r.Start:x} {size}=0x{r.Size:x}")
            : "";
}

/// <summary>
/// The exporter module on a host: built there against the headers of its kernel, by the login, and loaded by root. Its
/// files are removed again; the module goes with the next boot.
/// </summary>
/// <param name="connection">To the host.</param>
/// <param name="survey">Of the host.</param>
/// <param name="sudo">Whether root's commands go through sudo.</param>
public sealed class ExporterModule(IConnection connection, TargetSurvey survey, bool sudo)
{
    private const string Name = "stage2_exporter";
    private const string SignedOnly =
        "its kernel loads signed modules only (module.sig_enforce, CONFIG_MODULE_SIG_FORCE or lockdown): install the exporter by DKMS with a key that the kernel trusts (docs/lab-hosts.md), or run without it: memory of drivers is skipped then, and no descriptor is read";

    /// <summary>The drivers of device-dax that weren't there before it, in the order in which they go.</summary>
    private const string DaxModules = "/run/stage2-harness-modules";

    private static readonly TimeSpan BuildTime = TimeSpan.FromMinutes(5);

    private string Target => connection.Target;

    /// <summary>Whether one is loaded.</summary>
    public async Task<bool> IsLoadedAsync(CancellationToken cancel) =>
        (await connection.ExecAsync($"[ -d /sys/module/{Name} ]", cancel: cancel).ConfigureAwait(false)).ExitCode == 0;

    /// <summary>The file of one that is installed for the host's kernel, as DKMS does; null if there is none.</summary>
    public async Task<string?> InstalledAsync(CancellationToken cancel)
    {
        var result = await connection
            .ExecAsync(
                $"PATH=/usr/sbin:/sbin:$PATH; modinfo -k {ShellQuote.Word(survey.KernelRelease)} -n {Name} 2> /dev/null",
                cancel: cancel
            )
            .ConfigureAwait(false);
        return result.ExitCode == 0 && result.Output.Trim() is { Length: > 0 } path ? path : null;
    }

    /// <summary>Loads the one that is installed.</summary>
    /// <exception cref="TargetException">It can't be loaded; with what to do.</exception>
    public async Task LoadInstalledAsync(ExporterMemory memory, CancellationToken cancel)
    {
        var loaded = await RootAsync(Loading(memory, $"modprobe {Name}"), cancel).ConfigureAwait(false);
        if (loaded.ExitCode != 0)
            throw Refused(
                loaded,
                await WantsSignaturesAsync(cancel).ConfigureAwait(false),
                "the exporter module that is installed there can't be loaded"
            );
        if (memory.Dax is not null)
            await BindDaxAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Builds and loads it.</summary>
    /// <param name="sources">The files of guest-images/exporter, by name.</param>
    /// <param name="memory">What it is given.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="TargetException">It can't be built or loaded; with what to do.</exception>
    public async Task LoadAsync(
        IReadOnlyDictionary<string, byte[]> sources,
        ExporterMemory memory,
        CancellationToken cancel
    )
    {
        // What is built there has no signature.
        if (await WantsSignaturesAsync(cancel).ConfigureAwait(false))
            throw new TargetException(TargetFailure.NoPermission, Target, SignedOnly);
        await EnsureToolsAsync(cancel).ConfigureAwait(false);
        var made = await connection
            .ExecAsync(
                $"umask 077; mktemp -d {ShellQuote.Word(survey.EnsureBase(Target))}/stage2-build.XXXXXX",
                cancel: cancel
            )
            .ConfigureAwait(false);
        string folder = made.Output.Trim();
        if (made.ExitCode != 0 || folder.Length == 0)
            throw Failed(TargetFailure.NoPermission, $"there is no folder to build in: {Last(made)}", made);
        try
        {
            foreach (var (name, content) in sources)
                await StoreAsync($"{folder}/{name}", content, cancel).ConfigureAwait(false);
            var built = await connection
                .ExecAsync(
                    // The compiler's temporary files, too: /tmp may be full or read-only.
                    $"TMPDIR={ShellQuote.Word(folder)} make -j2 -C /lib/modules/{survey.KernelRelease}/build M={ShellQuote.Word(folder)} modules 2>&1",
                    deadline: BuildTime,
                    cancel: cancel
                )
                .ConfigureAwait(false);
            if (built.ExitCode != 0)
                throw Failed(
                    TargetFailure.Configuration,
                    $"the exporter module can't be built against /lib/modules/{survey.KernelRelease}/build: {FirstError(built)}",
                    built
                );
            var loaded = await RootAsync(Loading(memory, Inserting($"{folder}/{Name}.ko")), cancel)
                .ConfigureAwait(false);
            if (loaded.ExitCode != 0)
                throw Refused(loaded, false, "the exporter module is built, and can't be loaded");
            if (memory.Dax is not null)
                await BindDaxAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            await connection
                .ExecAsync($"rm -rf {ShellQuote.Word(folder)}", cancel: CancellationToken.None)
                .ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Under SELinux, insmod loads what has the label of modules, and may not search every folder: the shell opens it.
    /// </summary>
    private static string Inserting(string path)
    {
        string file = ShellQuote.Word(path);
        return $"chcon -t modules_object_t {file} 2> /dev/null; insmod /proc/self/fd/3 3< {file}";
    }

    /// <summary>
    /// The command that loads it. As soon as its memory for DAX is there, udev loads drivers: those that are there
    /// before are noted first.
    /// </summary>
    private static string Loading(ExporterMemory memory, string command) =>
        memory.Dax is null
            ? command + memory.Parameters
            : $"for m in kmem device_dax dax_hmem cxl_acpi; do [ -d /sys/module/$m ] || echo $m; done > {DaxModules}; "
                + $"{command}{memory.Parameters} || {{ s=$?; rm -f {DaxModules}; exit $s; }}";

    /// <summary>By default dax_hmem's devices wait for the driver that gives them to the kernel.</summary>
    private async Task BindDaxAsync(CancellationToken cancel)
    {
        var bound = await RootAsync(
                $"modprobe -a device_dax dax_hmem && echo {DaxDevice.Name} > {DaxDevice.NewId}",
                cancel
            )
            .ConfigureAwait(false);
        if (bound.ExitCode != 0)
            throw Failed(
                TargetFailure.Configuration,
                $"the exporter module is loaded, and {DaxDevice.Path} can't be made (CONFIG_DEV_DAX_HMEM): {Last(bound)}",
                bound
            );
    }

    /// <summary>Room for its sources and for what is made of them.</summary>
    public const long Bytes = 16 << 20;

    /// <summary>Unloads it.</summary>
    /// <exception cref="TargetException">It is in use.</exception>
    public async Task UnloadAsync(CancellationToken cancel)
    {
        var result = await RootAsync(
                $"rmmod {Name} || exit; [ ! -e {DaxModules} ] || for m in $(cat {DaxModules}); do modprobe -r -q $m; done; rm -f {DaxModules}",
                cancel
            )
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw Failed(TargetFailure.NoPermission, $"the exporter module can't be unloaded: {Last(result)}", result);
    }

    private async Task EnsureToolsAsync(CancellationToken cancel)
    {
        string script =
            $"[ -e /lib/modules/{survey.KernelRelease}/build/Makefile ] || echo headers; "
            + "for p in make gcc; do command -v $p > /dev/null || echo $p; done; . /etc/os-release 2> /dev/null; echo \"id=$ID $ID_LIKE\"";
        var result = await connection.ExecAsync(script, cancel: cancel).ConfigureAwait(false);
        string[] lines = result.Output.Split(
            '\n',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );
        string[] lacking = [.. lines.Where(l => l is "headers" or "make" or "gcc")];
        if (lacking.Length == 0)
            return;
        string install = lines.Any(l =>
            l.StartsWith("id=", StringComparison.Ordinal) && l.Contains("rhel", StringComparison.Ordinal)
        )
            ? $"dnf install kernel-devel-{survey.KernelRelease} make gcc"
            : $"apt-get install linux-headers-{survey.KernelRelease} make gcc";
        throw Failed(
            TargetFailure.Configuration,
            $"the exporter module can't be built there, without {string.Join(", ", lacking.Select(l => l == "headers" ? $"/lib/modules/{survey.KernelRelease}/build" : l))}: {install}",
            result
        );
    }

    private async Task StoreAsync(string path, byte[] content, CancellationToken cancel)
    {
        var result = await connection
            .ExecAsync($"cat > {ShellQuote.Word(path)}", new ProcessInput.Bytes(content), cancel: cancel)
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw Failed(TargetFailure.Upload, $"{path} can't be written: {Last(result)}", result);
    }

    /// <summary>Whether its kernel loads signed modules only: module.sig_enforce, CONFIG_MODULE_SIG_FORCE,
    /// lockdown.</summary>
    private async Task<bool> WantsSignaturesAsync(CancellationToken cancel)
    {
        var says = await connection
            .ExecAsync(
                "cat /sys/module/module/parameters/sig_enforce /sys/kernel/security/lockdown 2> /dev/null",
                cancel: cancel
            )
            .ConfigureAwait(false);
        return says.Output.StartsWith("Y\n", StringComparison.Ordinal) || Lockdown.WantsSignatures(says.Output);
    }

    private TargetException Refused(CommandResult result, bool wantsSignatures, string what)
    {
        string says = Last(result);
        bool isUnsigned =
            says.Contains("Key was rejected", StringComparison.Ordinal)
            || says.Contains("Required key not available", StringComparison.Ordinal)
            || (says.Contains("not permitted", StringComparison.Ordinal) && wantsSignatures);
        return Failed(TargetFailure.NoPermission, isUnsigned ? $"{SignedOnly} ({says})" : $"{what}: {says}", result);
    }

    private Task<CommandResult> RootAsync(string command, CancellationToken cancel) =>
        connection.ExecAsync(
            sudo ? Sudo.Of($"PATH=/usr/sbin:/sbin:$PATH; {command}") : $"PATH=/usr/sbin:/sbin:$PATH; {command}",
            cancel: cancel
        );

    private TargetException Failed(TargetFailure failure, string message, CommandResult result) =>
        new(failure, Target, message, result.Output + result.Errors);

    private static string Last(CommandResult result) =>
        (result.Output + result.Errors)
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault()
        ?? string.Create(CultureInfo.InvariantCulture, $"exit status {result.ExitCode}");

    private static string FirstError(CommandResult result) =>
        result
            .Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(l => l.Contains("rror", StringComparison.Ordinal))
        ?? Last(result);
}
