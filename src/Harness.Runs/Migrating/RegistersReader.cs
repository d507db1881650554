using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Registers;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Migrating;

/// <summary>
/// Derives from two programs which registers a host's vCPUs have, which it accepts, and which of their bits may be
/// changed.
/// </summary>
public static class RegistersReader
{
    /// <param name="saved">The result of <see cref="MigrationCompiler.SaveFresh"/>.</param>
    /// <param name="restored">The result of <see cref="MigrationCompiler.RestoreFresh"/>.</param>
    /// <exception cref="UnreadableObservationException">They did not get that far.</exception>
    public static VcpuRegisters Read(Observation saved, Observation restored)
    {
        var masks = saved.Steps.OfType<RegisterMasksResult>().FirstOrDefault(s => s.Errno == 0)?.Masks;
        return new VcpuRegisters(
            Values(saved),
            masks?.ToDictionary(m => m.Id, m => m.Mask),
            Errnos(Result<RestoreRegistersResult>(restored).Refused)
        );
    }

    /// <summary>
    /// The registers of a stopped VM, as they are restored on a destination: KVM removes features that a VM lacks from
    /// its ID registers when it first runs, so they are not all those of a fresh one.
    /// </summary>
    /// <param name="stopped">The result of the source's program.</param>
    /// <param name="fresh">The registers of its vCPUs.</param>
    public static VcpuRegisters Stopped(Observation stopped, VcpuRegisters fresh) =>
        new(Values(stopped), fresh.WritableMasks, fresh.RefusedAtHome);

    /// <summary>The ids that were refused, with the errnos; null if none was restored.</summary>
    public static IReadOnlyDictionary<ulong, Errno>? Refused(Observation resumed) =>
        resumed.Steps.OfType<RestoreRegistersResult>().FirstOrDefault() is { } restored
            ? Errnos(restored.Refused)
            : null;

    /// <summary>The ids that are listed and can't be read, with the errnos; empty if nothing was saved.</summary>
    public static IReadOnlyDictionary<ulong, Errno> Unreadable(Observation stopped) =>
        Errnos(stopped.Steps.OfType<SaveRegistersResult>().FirstOrDefault(s => s.Errno == 0)?.Unreadable);

    private static (ulong, byte[])[] Values(Observation observation) =>
        [.. (Result<SaveRegistersResult>(observation).Registers ?? []).Select(r => (r.Id, r.Value))];

    private static Dictionary<ulong, Errno> Errnos(IReadOnlyList<RegisterError>? refused) =>
        (refused ?? []).ToDictionary(r => r.Id, r => (Errno)r.Errno);

    private static T Result<T>(Observation observation)
        where T : StepResult =>
        observation is { End: ObservationEnd.Completed }
        && observation.Steps.OfType<T>().FirstOrDefault() is { Errno: 0 } result
            ? result
            : throw new UnreadableObservationException(
                $"a vCPU's registers can't be read: {observation.Detail ?? typeof(T).Name}"
            );
}
