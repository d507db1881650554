using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>The login's access to /dev/kvm.</summary>
public enum KvmAccess
{
    Usable,
    Absent,
    Denied,
}

/// <summary>The properties of a target that deployment depends on.</summary>
/// <param name="UserId">Of the login.</param>
/// <param name="Machine">uname -m: "aarch64".</param>
/// <param name="KernelRelease">uname -r.</param>
/// <param name="Kvm">Whether /dev/kvm can be opened.</param>
/// <param name="Base">
/// The folder for the probe's own folder: writable, and not mounted noexec. Null if there is none.
/// </param>
public sealed record TargetSurvey(int UserId, string Machine, string KernelRelease, KvmAccess Kvm, string? Base)
{
    // One round trip. Only POSIX shell and busybox tools.
    private const string Script = """
        echo "uid=$(id -u)"; echo "machine=$(uname -m)"; echo "release=$(uname -r)"
        if [ ! -e /dev/kvm ]; then echo kvm=Absent
        elif [ -r /dev/kvm ] && [ -w /dev/kvm ]; then echo kvm=Usable; else echo kvm=Denied; fi
        umask 077
        for b in "${XDG_RUNTIME_DIR:-}" /tmp /var/tmp "${HOME:-}"; do
          [ -n "$b" ] && [ -d "$b" ] && t=$(mktemp "$b/stage2-probe.XXXXXX" 2>/dev/null) || continue
          printf '#!/bin/sh\nexit 0\n' > "$t"; chmod 700 "$t"; "$t" 2>/dev/null; runs=$?; rm -f "$t"
          if [ "$runs" = 0 ]; then echo "base=$b"; break; fi
        done
        echo end=end
        """;

    /// <summary>Examines the target.</summary>
    /// <exception cref="TargetException">
    /// The connection was lost, or the login's shell is not a POSIX shell.
    /// </exception>
    public static async Task<TargetSurvey> TakeAsync(IConnection connection, CancellationToken cancel = default)
    {
        var result = await connection.ExecAsync(Script, cancel: cancel).ConfigureAwait(false);
        var said = result
            .Output.Split('\n')
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0])
            .ToDictionary(g => g.Key, g => g.Last()[1].TrimEnd('\r'));
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
        );
    }

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
