using System.Globalization;
using System.Security.Cryptography;
using Harness.Processes;

namespace Harness.Targets.Transport;

/// <summary>Sends files to a host with only a shell, cat, sha256sum and mv.</summary>
public static class Uploads
{
    private const int TailOfReply = 200;

    /// <summary>Writes a file. It appears under its name complete and verified, or not at all.</summary>
    /// <param name="connection">Where to.</param>
    /// <param name="path">Absolute path on the host; its folder exists. An existing file is replaced.</param>
    /// <param name="content">The file's bytes.</param>
    /// <param name="mode">Its permissions.</param>
    /// <param name="deadline">Time limit, before scaling by <see cref="TimeoutScale"/>; 5 min if null.</param>
    /// <param name="cancel">Stops it; a partial file may stay beside the name.</param>
    /// <exception cref="TargetException">
    /// <see cref="TargetFailure.Upload"/>: the host could not write it (a full disk), or what it wrote has another
    /// hash.
    /// </exception>
    public static Task UploadAsync(
        this IConnection connection,
        string path,
        ReadOnlyMemory<byte> content,
        UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        TimeSpan? deadline = null,
        CancellationToken cancel = default
    ) =>
        UploadAsync(
            connection,
            path,
            new ProcessInput.Bytes(content),
            Convert.ToHexStringLower(SHA256.HashData(content.Span)),
            mode,
            deadline,
            cancel
        );

    /// <summary>The same from a stream with a known SHA-256 (hex).</summary>
    public static async Task UploadAsync(
        this IConnection connection,
        string path,
        ProcessInput content,
        string sha256,
        UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        TimeSpan? deadline = null,
        CancellationToken cancel = default
    )
    {
        var part = $"{path}.part-{Guid.NewGuid():N}"[..^20];
        // Whatever fails, all of the input is read: dropbear closes the connection if some arrives after a command's
        // end.
        var octal = Convert.ToString((int)mode, 8);
        var script = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            umask 077; p={ShellQuote.Word(part)}
            cat > "$p" && h=$(sha256sum < "$p") && h=$(printf %.64s "$h") && chmod {octal} "$p" &&
            if [ "$h" = {ShellQuote.Word(sha256)} ]; then mv -f "$p" {ShellQuote.Word(path)} && echo "stored $h";
            else echo "got $h"; fi; rm -f "$p"; cat > /dev/null
            """
        );
        var result = await connection
            .ExecAsync(script, content, deadline ?? TimeSpan.FromMinutes(5), cancel)
            .ConfigureAwait(false);
        // The reply counts, not the exit code: it has the hash of the stored file.
        if (result.Output.Trim() != $"stored {sha256}")
            throw new TargetException(
                TargetFailure.Upload,
                connection.Target,
                $"{path} could not be written: {Why(result)}",
                result.Errors
            );
    }

    private static string Why(CommandResult result)
    {
        var reason = result.Errors.Trim() is { Length: > 0 } errors ? errors.Split('\n')[^1] : result.Output.Trim();
        reason = reason.Length > TailOfReply ? reason[^TailOfReply..] : reason;
        return reason.StartsWith("got ", StringComparison.Ordinal) ? $"it arrived damaged ({reason}); try again"
            : reason.Length > 0 ? reason
            : string.Create(CultureInfo.InvariantCulture, $"exit status {result.ExitCode}");
    }
}
