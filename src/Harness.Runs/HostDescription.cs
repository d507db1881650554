using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs;

/// <summary>The stored description of a host that has responded.</summary>
internal static class HostDescription
{
    /// <param name="planned">What was known before it responded.</param>
    /// <param name="profile">Its profile.</param>
    /// <param name="facts">Its probe's facts.</param>
    /// <param name="policy">The policy that it is judged by.</param>
    /// <param name="machine">
    /// What the harness knows about its machine: see <see cref="Dispatch.IProbeHost.Platform"/>.
    /// </param>
    public static HostRecord Of(
        HostRecord planned,
        HostProfile profile,
        Fields facts,
        Policy policy,
        IReadOnlyDictionary<string, string> machine
    )
    {
        var kernel = facts.Inner("kernel");
        return planned with
        {
            KernelRelease = profile.Release,
            KernelVersion = kernel.TextOrNull("version"),
            BuildId = kernel.TextOrNull("buildId"),
            Cpu = profile.Describe(),
            QemuVersion = machine.GetValueOrDefault("qemu-version") is { Length: > 0 } version ? version : null,
            QemuCommandLine = machine.GetValueOrDefault("qemu-command-line") is { Length: > 0 } line ? line : null,
            BootId = kernel.TextOrNull("bootId"),
            ImageHash = machine.GetValueOrDefault("image") is { Length: > 0 } image ? image : null,
            Capabilities = Messages.Text(facts.Inner("kvm")),
            Facts = Messages.Text(facts.With("settled", profile.Settled())),
            Evidence = EvidenceOf(profile),
            Policy = policy.Name,
            Platform = profile.Fact(PlatformFacts.Name)?.Value,
            UpstreamRelease = profile.Choice?.Release,
            ReleaseStanding = profile.Choice?.Standing.ToString().ToLowerInvariant(),
            NearestRelease = profile.Choice is { Unverified: true } choice ? choice.Nearest : null,
        };
    }

    private static List<string> EvidenceOf(HostProfile profile)
    {
        if (profile.NoKvmReason is not null)
            return [];
        var levels = new List<Evidence> { Evidence.Guest, Evidence.Exit, Evidence.Errno };
        if (profile.Abilities.Trace && profile.Decoding.Prot is not null)
            levels.Insert(0, Evidence.Trace);
        if (profile.Abilities.Descriptor)
            levels.Insert(0, Evidence.Pte);
        return [.. levels.Select(JudgingWords.Of)];
    }
}
