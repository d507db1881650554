using System.Text;
using Harness.Processes;

namespace Harness.Targets.Transport;

/// <summary>
/// A login with a shell that may print something before it executes a command, as start-up files do that greet. Each
/// command begins with a line of ours, and what comes before that line is dropped.
/// </summary>
/// <param name="inner">The connection.</param>
internal sealed class GreetedConnection(IConnection inner) : IConnection
{
    /// <summary>No greeting has it. It may follow one on the same line.</summary>
    private readonly string _mark = $"stage2-harness-{Guid.NewGuid():N}";

    public string Target => inner.Target;

    public Task<TargetException> Lost => inner.Lost;

    public async Task<CommandResult> ExecAsync(
        string command,
        ProcessInput? input = null,
        TimeSpan? deadline = null,
        CancellationToken cancel = default
    )
    {
        var result = await inner.ExecAsync(Marked(command), input, deadline, cancel).ConfigureAwait(false);
        int at = result.Output.IndexOf(_mark + "\n", StringComparison.Ordinal);
        // The login's shell does not run commands: its words are the reason.
        return at < 0 ? result : result with { Output = result.Output[(at + _mark.Length + 1)..] };
    }

    public async Task<ILineChannel> StartAsync(string command, CancellationToken cancel = default) =>
        new Channel(
            await inner.StartAsync(Marked(command), cancel).ConfigureAwait(false),
            Encoding.ASCII.GetBytes(_mark)
        );

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private string Marked(string command) => $"echo {_mark}\n{command}";

    private sealed class Channel(ILineChannel inner, byte[] mark) : ILineChannel
    {
        private bool _begun;

        public Task<ChannelEnd> Ended => inner.Ended;

        public string ErrorTail => inner.ErrorTail;

        public string HalfLine => inner.HalfLine;

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel) => inner.SendAsync(line, cancel);

        public Task CloseInputAsync() => inner.CloseInputAsync();

        public async Task<byte[]?> ReceiveAsync(CancellationToken cancel)
        {
            while (!_begun)
            {
                if (await inner.ReceiveAsync(cancel).ConfigureAwait(false) is not { } greeting)
                    return null;
                _begun = greeting.AsSpan().EndsWith(mark);
            }
            return await inner.ReceiveAsync(cancel).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
