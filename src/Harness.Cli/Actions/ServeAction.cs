using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Harness.Site;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Shows databases to browsers until it is interrupted.</summary>
internal static class ServeAction
{
    public static IPEndPoint Usual { get; } = new(IPAddress.Loopback, 8273);

    public static async Task<int> ExecuteAsync(
        IReadOnlyList<string> files,
        IPEndPoint listen,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        SiteServer server;
        try
        {
            server = await SiteServer
                .StartAsync([.. files.Select(ResultStore.Open)], listen, RunReport.Known, cancel)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new UsageException(
                $"--listen {listen}: {(e.InnerException ?? e).Message}; name another with --listen, or a free port with --listen 0"
            );
        }
        await using (server)
        {
            console.Out.WriteLine(
                $"{server.Url} shows {string.Join(", ", files.Select(Path.GetFileName))}; Ctrl+C ends it"
            );
            await console.Out.FlushAsync(cancel).ConfigureAwait(false);
            try
            {
                await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // That is how it ends.
            }
        }
        return ExitCodes.Ok;
    }

    /// <summary>An address, a port, or both; null if it is none of these.</summary>
    public static IPEndPoint? Parse(string text)
    {
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return new IPEndPoint(Usual.Address, port);
        // "1" would be the address 0.0.0.1.
        if (!text.Contains('.', StringComparison.Ordinal) && !text.Contains("::", StringComparison.Ordinal))
            return text.Split(':') is ["localhost"] ? Usual
                : text.Split(':') is ["localhost", var rest] ? Parse(rest)
                : null;
        if (!IPEndPoint.TryParse(text, out var point))
            return null;
        // An address in brackets is one for .NET with a port behind it, too.
        bool alone = IPAddress.TryParse(text, out _) && !text.Contains("]:", StringComparison.Ordinal);
        return alone ? new IPEndPoint(point.Address, Usual.Port) : point;
    }
}
