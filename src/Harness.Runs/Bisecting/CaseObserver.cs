using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;

namespace Harness.Runs.Bisecting;

/// <summary>Runs one case on a host and returns what it did. Nothing is predicted, judged or stored.</summary>
/// <param name="grace">Waited beyond a program's own deadline before the probe counts as lost.</param>
public sealed class CaseObserver(TimeSpan grace)
{
    /// <summary>A single observation may be accidental.</summary>
    private const int Times = 2;

    /// <summary>Any problem with the host means that the version could not be tested.</summary>
    /// <param name="host">Not disposed.</param>
    /// <param name="c">The case.</param>
    /// <param name="phase">Called for each phase.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<BisectAnswer> AskAsync(IProbeHost host, Case c, Action<string> phase, CancellationToken cancel)
    {
        await using var session = new HostSession(host, grace, phase);
        string? Kernel() =>
            session.Facts?.TryGet("kernel", out var k) == true && k is Fields fields
                ? fields.TextOrNull("release")
                : null;
        try
        {
            var profile = await session.OpenAsync(cancel).ConfigureAwait(false);
            string? kernel = Kernel();
            if ((profile.NoKvmReason ?? CaseCompiler.NotRunnableReason(c, profile.Abilities)) is { } reason)
                return BisectAnswer.Skip(reason, kernel);
            phase("asking");
            var compiled = CaseCompiler.Compile(c, profile.Abilities);
            var seen = new List<Observation>();
            await session
                .RunAsync(
                    [.. Enumerable.Repeat(compiled.Program, Times)],
                    Times,
                    (_, observation) => seen.Add(observation),
                    cancel
                )
                .ConfigureAwait(false);
            return Read(compiled, seen, new ObservationReader(profile.Decoding), kernel) with
            {
                Host = profile.Host,
                Build = profile.Build,
            };
        }
        catch (HostUnavailableException e)
        {
            return BisectAnswer.Skip(host.Lost ?? e.Message, Kernel());
        }
    }

    private static BisectAnswer Read(
        CompiledCase compiled,
        IReadOnlyList<Observation> seen,
        ObservationReader reader,
        string? kernel
    )
    {
        if (seen.FirstOrDefault(o => o.End != ObservationEnd.Completed) is { } failed)
            return BisectAnswer.Skip($"the case did not complete there ({failed.End}): {failed.Detail}", kernel);
        try
        {
            var did = seen.Select(o => reader.Read(compiled, o)).ToList();
            return did.Find(d => !d.SameAs(did[0])) is { } other
                ? BisectAnswer.Skip($"it does not do the same twice: {did[0]}, then {other}", kernel)
                : new BisectAnswer(did[0], kernel, null);
        }
        catch (Exception e) when (e is UnreadableObservationException or FormatException)
        {
            return BisectAnswer.Skip(e.Message, kernel);
        }
    }
}
