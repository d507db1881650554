using System.Globalization;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>The login's access to /dev/kvm.</summary>
public enum KvmAccess
{
    Usable,
    Absent,
    Denied,
}

/// <summary>What the folder has to be good for in which the probe's own folder is made.</summary>
public sealed record FolderNeeds
{
    /// <summary>The one to use, instead of the usual candidates; null for those.</summary>
    public string? Only { get; init; }

    /// <summary>Whether root executes what is in it, by sudo: a home on NFS may be closed to root.</summary>
    public bool Sudo { get; init; }

    /// <summary>How much will be stored in it.</summary>
    public long Bytes { get; init; }

    /// <summary>The start of the name of what may be there already, and then takes no room; the login's number
    /// follows.</summary>
    public string? Kept { get; init; }
}

/// <summary>The properties of a target that deployment depends on.</summary>
/// <param name="UserId">Of the login.</param>
/// <param name="Machine">uname -m: "aarch64".</param>
/// <param name="KernelRelease">uname -r.</param>
/// <param name="Kvm">Whether /dev/kvm can be opened.</param>
/// <param name="Base">
/// The folder for the probe's own folder: writable, with room, and not mounted noexec. Null if there is none.
/// </param>
public sealed record TargetSurvey(int UserId, string Machine, string KernelRelease, KvmAccess Kvm, string? Base)
{
    private const string Usual = "\"${XDG_RUNTIME_DIR:-}\" /tmp /var/tmp \"${HOME:-}\"";

    // One round trip. Only POSIX shell and busybox tools. An empty file would be executed as an empty script: so it is
    // checked that the two lines were written.
    private const string Script = """
        echo "uid=$(id -u)"; echo "machine=$(uname -m)"; echo "release=$(uname -r)"
        if [ ! -e /dev/kvm ]; then echo kvm=Absent
        elif [ -r /dev/kvm ] && [ -w /dev/kvm ]; then echo kvm=Usable; else echo kvm=Denied; fi
        umask 077; LC_ALL=C; export LC_ALL
        s=; if [ -n "$become" ] && [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then s=1; fi
        why() {
          [ -d "$1" ] || { echo "there is no such folder"; return; }
          t=$(mktemp "$1/stage2-probe.XXXXXX" 2>&1) || { echo "${t##*: }"; return; }
          if ! printf '#!/bin/sh\nexit 0\n' 2>/dev/null > "$t"; then echo "No space left on device"
          elif chmod 700 "$t"; ! "$t" 2>/dev/null; then echo "nothing in it can be executed (noexec)"
          elif [ -n "$s" ] && ! sudo -n "$t" 2>/dev/null; then echo "root can't execute what is in it"
          elif [ -n "$kept" ] && [ -x "$1/$kept-$(id -u)/probe" ]; then :
          else
            k=$(df -P -k "$1" 2>/dev/null | while read -r _ _ _ k _; do echo "$k"; done | tail -n 1)
            case $k in ''|*[!0-9]*) ;; *) [ "$k" -ge "$need" ] || echo "$k KiB are free, and $need are needed" ;; esac
          fi
          rm -f "$t"
        }
        for b in FOLDERS; do
          [ -n "$b" ] || continue
          w=$(why "$b"); [ -n "$w" ] || { echo "base=$b"; break; }
          echo "unusable=$b: $w"
        done
        echo end=end
        """;

    /// <summary>Why each candidate before <see cref="Base"/> can't be used: "/tmp: Read-only file system".</summary>
    public IReadOnlyList<string> Unusable { get; init; } = [];

    /// <summary>The one candidate, if the configuration names it.</summary>
    public string? Named { get; init; }

    /// <summary>Examines the target.</summary>
    /// <param name="connection">To it.</param>
    /// <param name="needs">Of its folder; null for none.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="TargetException">
    /// The connection was lost, or the login's shell is not a POSIX shell.
    /// </exception>
    public static async Task<TargetSurvey> TakeAsync(
        IConnection connection,
        FolderNeeds? needs = null,
        CancellationToken cancel = default
    )
    {
        needs ??= new FolderNeeds();
        var result = await connection.ExecAsync(ScriptFor(needs), cancel: cancel).ConfigureAwait(false);
        var lines = result
            .Output.Split('\n')
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToList();
        var said = lines.GroupBy(pair => pair[0]).ToDictionary(g => g.Key, g => g.Last()[1].TrimEnd('\r'));
        if (!said.ContainsKey("end") || !int.TryParse(said.GetValueOrDefault("uid"), out var user))
            throw new TargetException(
                TargetFailure.Configuration,
                connection.Target,
                "its login shell does not run POSIX commands: give the login a shell like /bin/sh or bash",
                result.Output + result.Errors
            );
        return new TargetSurvey(
            user,
            said["machine"],
            said["release"],
            Enum.Parse<KvmAccess>(said["kvm"]),
            said.GetValueOrDefault("base")
        )
        {
            Unusable = [.. lines.Where(pair => pair[0] == "unusable").Select(pair => pair[1])],
            Named = needs.Only,
        };
    }

    /// <param name="target">Its name.</param>
    /// <param name="what">What is started from it.</param>
    /// <exception cref="TargetException">There is no folder to start it from; with why, of each.</exception>
    public string EnsureBase(string target, string what = "the probe") =>
        Base
        ?? throw new TargetException(
            TargetFailure.NoPermission,
            target,
            Named is null
                ? $"the login has no folder to start {what} from: {string.Join("; ", Unusable)}: name one that can be written to and is mounted without noexec: \"folder\" of the target in harness.json"
                : $"its \"folder\" in harness.json can't be used: {string.Join("; ", Unusable)}"
        );

    private static string ScriptFor(FolderNeeds needs) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"become={(needs.Sudo ? "1" : "")}; kept={ShellQuote.Word(needs.Kept ?? "")}; need={(needs.Bytes + 1023) / 1024}\n"
        )
        + Script.Replace("FOLDERS", needs.Only is null ? Usual : ShellQuote.Word(needs.Only), StringComparison.Ordinal);

    /// <exception cref="TargetException">There is no /dev/kvm, or the login may not use it.</exception>
    public void EnsureKvm(string target)
    {
        switch (Kvm)
        {
            case KvmAccess.Absent:
                throw new TargetException(
                    TargetFailure.NoKvm,
                    target,
                    $"there is no /dev/kvm (kernel {KernelRelease}, {Machine}): boot a host kernel with KVM at EL2"
                );
            case KvmAccess.Denied:
                throw new TargetException(
                    TargetFailure.NoPermission,
                    target,
                    "the login may not use /dev/kvm: add it to the group kvm, or log in as root"
                );
            default:
                break;
        }
    }
}
