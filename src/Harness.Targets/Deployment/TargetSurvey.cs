using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>How the login stands to /dev/kvm.</summary>
public enum KvmAccess
{
    Usable,
    Absent,
    Denied,
}

/// <summary>What a target has that deployment depends on.</summary>
/// <param name="UserId">Of the login.</param>
/// <param name="Machine">uname -m: "aarch64".</param>
/// <param name="KernelRelease">uname -r.</param>
/// <param name="Kvm">Whether /dev/kvm can be opened.</param>
/// <param name="Base">The folder in which the probe's own goes.</param>
/// <param name="HasTar">Whether files can go as one archive.</param>
/// <param name="Dotnet">The dotnet program that has a runtime 10, with its version; null if there is none.</param>
/// <param name="Mono">The mono program; null if there is none.</param>
public sealed record TargetSurvey(
    int UserId, string Machine, string KernelRelease, KvmAccess Kvm, string Base, bool HasTar,
    ProbeRuntime? Dotnet, ProbeRuntime? Mono)
{
    // One round trip. Only POSIX shell and what busybox has. A non-interactive login often has a short PATH, hence the
    // usual places of dotnet.
    private const string Script = """
        echo "uid=$(id -u)"; echo "machine=$(uname -m)"; echo "release=$(uname -r)"
        if [ ! -e /dev/kvm ]; then echo kvm=Absent
        elif [ -r /dev/kvm ] && [ -w /dev/kvm ]; then echo kvm=Usable; else echo kvm=Denied; fi
        b=${XDG_RUNTIME_DIR:-}; if [ -n "$b" ] && [ -d "$b" ] && [ -w "$b" ]; then echo "base=$b"; else echo base=/tmp; fi
        if command -v tar >/dev/null; then echo tar=yes; fi
        for d in dotnet "$HOME/.dotnet/dotnet" /usr/lib/dotnet/dotnet /usr/share/dotnet/dotnet /usr/local/bin/dotnet; do
          p=$(command -v "$d") || continue
          v=$("$p" --list-runtimes 2>/dev/null | sed -n 's/^Microsoft\.NETCore\.App \(10\.[^ ]*\) .*/\1/p' | tail -n 1)
          if [ -n "$v" ]; then echo "dotnet=$v $p"; break; fi
        done
        if p=$(command -v mono); then echo "mono=$p"; fi
        echo end=end
        """;

    /// <summary>Looks at the target.</summary>
    /// <exception cref="TargetException">The connection was lost, or the login's shell is no POSIX shell.</exception>
    public static async Task<TargetSurvey> TakeAsync(IConnection connection, CancellationToken cancel = default)
    {
        var result = await connection.ExecAsync(Script, cancel: cancel).ConfigureAwait(false);
        var said = result.Output.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0]).ToDictionary(g => g.Key, g => g.Last()[1].TrimEnd('\r'));
        if (!said.ContainsKey("end") || !int.TryParse(said.GetValueOrDefault("uid"), out var user))
            throw new TargetException(TargetFailure.Configuration, connection.Target,
                "its login shell does not run POSIX commands: give the login a shell like /bin/sh or bash",
                result.Output + result.Errors);
        var dotnet = said.GetValueOrDefault("dotnet")?.Split(' ', 2);
        return new TargetSurvey(user, said["machine"], said["release"], Enum.Parse<KvmAccess>(said["kvm"]), said["base"],
            said.ContainsKey("tar"),
            dotnet is [var version, var path] ? new ProbeRuntime(RuntimeKind.Dotnet, path, version) : null,
            said.GetValueOrDefault("mono") is { } mono ? new ProbeRuntime(RuntimeKind.Mono, mono, null) : null);
    }

    /// <exception cref="TargetException">There is no /dev/kvm, or the login may not use it.</exception>
    public void EnsureKvm(string target)
    {
        switch (Kvm)
        {
            case KvmAccess.Absent:
                throw new TargetException(TargetFailure.NoKvm, target,
                    $"there is no /dev/kvm (kernel {KernelRelease}, {Machine}): boot a host kernel with KVM at EL2");
            case KvmAccess.Denied:
                throw new TargetException(TargetFailure.NoPermission, target,
                    "the login may not use /dev/kvm: add it to the group kvm, or log in as root");
            default:
                break;
        }
    }
}

/// <summary>What runs the probe.</summary>
public enum RuntimeKind
{
    Dotnet,
    Mono,
}

/// <summary>A runtime on the target.</summary>
/// <param name="Kind">Decides which build is deployed.</param>
/// <param name="Program">Its path on the target.</param>
/// <param name="Version">Where it is known without starting it.</param>
public sealed record ProbeRuntime(RuntimeKind Kind, string Program, string? Version);
