using System.Security.Cryptography;

namespace Harness.Images;

/// <summary>
/// Files in the archive's pool that are no longer in a signed index: headers and modules of kernels with an image that
/// is still listed. They are unsigned, so each must have the SHA-256 that the repository has for it. For a file that
/// the repository does not know, it is recorded at its first use, and another file is refused from then on.
/// </summary>
/// <param name="pools">Where the archive keeps packages of the source "linux", in the order of the search.</param>
/// <param name="known">The repository's file with hashes, in the format of sha256sum(1).</param>
/// <param name="record">This machine's file with the hashes of others, in the same format.</param>
/// <param name="apt">Downloads.</param>
/// <param name="tell">Called for each file that is trusted for the first time.</param>
internal sealed class ArchivePool(
    IReadOnlyList<string> pools,
    string known,
    string record,
    Apt apt,
    Action<string> tell
)
{
    /// <summary>A package of the source "linux". Returns its path; null if the pool no longer has it.</summary>
    /// <exception cref="ImageException">The file has changed, or the archive can't be reached.</exception>
    public async Task<string?> FetchAsync(PoolFile file, string into, CancellationToken cancel)
    {
        string path = Path.Combine(into, file.Name);
        bool found = false;
        for (int i = 0; i < pools.Count && !found; i++)
            found = await apt.DownloadFileAsync($"{pools[i]}/{file.Name}", path, cancel).ConfigureAwait(false);
        if (!found)
            return null;
        string hash;
        using (var stream = File.OpenRead(path))
            hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel).ConfigureAwait(false));
        if (Recorded(known, file.Name) is { } expected)
        {
            if (expected == hash)
                return path;
            File.Delete(path);
            throw new ImageException(
                $"{file.Name} in the Debian archive's pool is not the file that this harness was tested with: SHA-256 {hash}, expected {expected} ({known})"
            );
        }
        string? before = Recorded(record, file.Name);
        if (before is null)
        {
            await File.AppendAllTextAsync(record, $"{hash}  {file.Name}\n", cancel).ConfigureAwait(false);
            tell(
                $"{file.Name} is in no signed index: taken from the pool unverified, SHA-256 {hash} recorded in {record}"
            );
        }
        else if (before != hash)
        {
            File.Delete(path);
            throw new ImageException(
                $"{file.Name} in the Debian archive's pool is another file than at its first use: SHA-256 {hash}, recorded {before} in {record} (if the new one is to be trusted, delete that line)"
            );
        }
        return path;
    }

    private static string? Recorded(string hashes, string name) =>
        File.Exists(hashes)
            ? File.ReadLines(hashes).Select(l => l.Split("  ", 2)).LastOrDefault(l => l.Length == 2 && l[1] == name)?[0]
            : null;
}

/// <summary>A package in the pool.</summary>
/// <param name="Package">"linux-headers-6.18.15+deb13-common".</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">"arm64", "all", or that of the build machine.</param>
internal sealed record PoolFile(string Package, string Version, string Architecture)
{
    // deb-version(7): the epoch is not part of a file's name.
    public string Name =>
        $"{Package}_{Version[(Version.IndexOf(':', StringComparison.Ordinal) + 1)..]}_{Architecture}.deb";
}
