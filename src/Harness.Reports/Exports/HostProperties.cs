using System.Globalization;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>A host's properties, for formats that can contain them. Unknown ones are omitted.</summary>
internal static class HostProperties
{
    public static IEnumerable<(string Name, string Value)> Of(RunSummary run, HostSummary host)
    {
        var h = host.Host;
        (string Name, string? Value)[] all =
        [
            ("run", run.Run.Id),
            ("suite", run.Run.Suite),
            ("harness", run.Run.HarnessVersion),
            ("model", run.Run.ModelHash),
            ("probe", run.Run.ProbeHash),
            ("target", h.Target),
            ("kind", h.Kind),
            ("source", h.Source),
            ("destination", h.Destination),
            ("state", host.State),
            ("reason", host.Reason),
            ("kernel", h.KernelRelease),
            ("kernel-version", h.KernelVersion),
            ("build-id", h.BuildId),
            ("cpu", h.Cpu),
            ("platform", h.Platform),
            ("qemu", h.QemuVersion),
            ("image", h.ImageHash),
            ("policy", h.Policy),
            ("evidence", h.Evidence is { Count: > 0 } levels ? string.Join(", ", levels) : null),
            ("planned", host.Planned.ToString(CultureInfo.InvariantCulture)),
        ];
        return all.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => (p.Name, p.Value!));
    }
}
