using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Registers;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Migrating;

/// <summary>
/// Reads out of two programs what registers a host's vCPUs have, which it takes back, and what of them may be changed.
/// </summary>
public static class RegistersReader
{
    /// <param name="saved">What <see cref="MigrationCompiler.SaveFresh"/> returned.</param>
    /// <param name="restored">What <see cref="MigrationCompiler.RestoreFresh"/> returned.</param>
    /// <exception cref="UnreadableObservationException">They did not get so far.</exception>
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
    /// The registers of a VM that was stopped, as they are offered to a destination: KVM takes what a VM lacks out of
    /// its ID registers when it first runs, so that they are not all those of a fresh one.
    /// </summary>
    /// <param name="stopped">What the source's program returned.</param>
    /// <param name="fresh">What its vCPUs have.</param>
    public static VcpuRegisters Stopped(Observation stopped, VcpuRegisters fresh) =>
        new(Values(stopped), fresh.WritableMasks, fresh.RefusedAtHome);

    /// <summary>The ids that were refused, with the errnos; null where none was offered.</summary>
    public static IReadOnlyDictionary<ulong, Errno>? Refused(Observation resumed) =>
        resumed.Steps.OfType<RestoreRegistersResult>().FirstOrDefault() is { } restored
            ? Errnos(restored.Refused)
            : null;

    /// <summary>The ids that are listed and can't be read, with the errnos; none where nothing was saved.</summary>
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
                $"a vCPU's registers can't be had: {observation.Detail ?? typeof(T).Name}"
            );
}
