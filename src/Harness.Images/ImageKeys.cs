using Harness.Processes;

namespace Harness.Images;

/// <summary>The ssh keys of this cache's images, generated once: the guests' host key and the login key.</summary>
/// <param name="Folder">Readable by its owner only.</param>
public sealed record ImageKeys(string Folder)
{
    /// <summary>The private key that root's login accepts.</summary>
    public string LoginKeyPath => Path.Combine(Folder, "login");

    /// <summary>"ssh-ed25519 AAAA...".</summary>
    public string HostPublicKey => File.ReadAllText(Path.Combine(Folder, "host.pub")).Trim();

    internal string LoginPublicKey => File.ReadAllText(Path.Combine(Folder, "login.pub")).Trim();

    /// <summary>The host key in dropbear's own format.</summary>
    internal string DropbearKeyPath => Path.Combine(Folder, "host.dropbear");

    internal static async Task<ImageKeys> EnsureAsync(string folder, IProcessRunner runner, CancellationToken cancel)
    {
        var keys = new ImageKeys(folder);
        if (Directory.Exists(folder))
            return keys;
        string part = folder + ".part-" + Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            foreach (string name in new[] { "login", "host" })
                await runner
                    .RunAsync(
                        "ssh-keygen",
                        ["-q", "-t", "ed25519", "-N", "", "-C", "stage2-harness", "-f", Path.Combine(part, name)],
                        cancel
                    )
                    .ConfigureAwait(false);
            await runner
                .RunAsync(
                    "dropbearconvert",
                    ["openssh", "dropbear", Path.Combine(part, "host"), Path.Combine(part, "host.dropbear")],
                    cancel
                )
                .ConfigureAwait(false);
            Directory.Move(part, folder);
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
        return keys;
    }
}
