using Harness.Targets;
using Harness.Targets.Transport;

namespace Harness.EndToEnd;

/// <summary>A host that is up, for probes to be deployed to; it stays up after them.</summary>
internal sealed class BootedTarget(ITargetSession session) : ITarget
{
    public string Name => session.Connection.Target;

    public Task<ITargetSession> OpenAsync(
        IProgress<TargetProgress>? progress = null,
        CancellationToken cancel = default
    ) => Task.FromResult(session);
}
