using System.Globalization;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Registers;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Migrating;

/// <summary>Reads out of two programs what registers a host's vCPUs have, which it takes back, and what of them may be changed.</summary>
public static class RegistersReader
{
    /// <param name="saved">What <see cref="MigrationCompiler.SaveFresh"/> returned.</param>
    /// <param name="restored">What <see cref="MigrationCompiler.RestoreFresh"/> returned.</param>
    /// <exception cref="UnreadableObservationException">They did not get so far.</exception>
    public static VcpuRegisters Read(Observation saved, Observation restored)
    {
        var registers = Values(saved, "save-registers").Inner("registers");
        var masks = saved.Steps.FirstOrDefault(s => s is { Op: "register-masks", Errno: 0 })?.Values.Inner("masks");
        return new VcpuRegisters(
            [.. Members(registers).Select(m => (m.Id, Convert.FromHexString((string)m.Value!)))],
            masks is null ? null : Members(masks).ToDictionary(m => m.Id, m => masks.Bits(m.Key)),
            Refused(Values(restored, "restore-registers")));
    }

    /// <summary>
    /// The registers of a VM that was stopped, as they are offered to a destination: KVM takes what a VM lacks out of its ID registers
    /// when it first runs, so that they are not all those of a fresh one.
    /// </summary>
    /// <param name="stopped">What the source's program returned.</param>
    /// <param name="fresh">What its vCPUs have.</param>
    public static VcpuRegisters Stopped(Observation stopped, VcpuRegisters fresh) => new(
        [.. Members(Values(stopped, "save-registers").Inner("registers")).Select(m => (m.Id, Convert.FromHexString((string)m.Value!)))],
        fresh.WritableMasks, fresh.RefusedAtHome);

    /// <summary>The ids that were refused, with the errnos.</summary>
    public static IReadOnlyDictionary<ulong, Errno> Refused(Fields restored) => Errnos(restored.Inner("refused"));

    /// <summary>The ids that are listed and can't be read, with the errnos; none where nothing was saved.</summary>
    public static IReadOnlyDictionary<ulong, Errno> Unreadable(Observation stopped) =>
        stopped.Steps.FirstOrDefault(s => s is { Op: "save-registers", Errno: 0 }) is { } saved && saved.Values.Has("unreadable")
            ? Errnos(saved.Values.Inner("unreadable")) : new Dictionary<ulong, Errno>();

    private static Dictionary<ulong, Errno> Errnos(Fields byId) => Members(byId).ToDictionary(m => m.Id, m => (Errno)byId.Integer(m.Key));

    private static Fields Values(Observation observation, string op) =>
        observation is { End: ObservationEnd.Completed } && observation.Steps.FirstOrDefault(s => s.Op == op) is { Errno: 0 } step ? step.Values
        : throw new UnreadableObservationException($"a vCPU's registers can't be had: {observation.Detail ?? op}");

    private static IEnumerable<(ulong Id, string Key, object? Value)> Members(Fields fields) => Enumerable.Range(0, fields.Count)
        .Select(i => (ulong.Parse(fields[i].Key, NumberStyles.HexNumber, CultureInfo.InvariantCulture), fields[i].Key, fields[i].Value));
}
