using Harness.Cases;
using Harness.Protocol;

namespace Harness.Runs.Facts;

/// <summary>The VFIO variant driver of a PCI device, from the probe's facts about the device.</summary>
internal sealed class VariantReader
{
    // Bits of stage2_vfio's parameter "insertions", guest-images/variant/stage2_vfio.h.
    public const int AtMmap = 1 << 0,
        OnFault = 1 << 1,
        Huge = 1 << 2;

    private const string IvshmemVendor = "0x1af4",
        IvshmemDevice = "0x1110";

    private readonly Fields _device;
    private readonly long _insertions;

    /// <param name="device">The facts of the device.</param>
    public VariantReader(Fields device)
    {
        _device = device;
        string? current = device.TextOrNull("driver");
        if (current == PciMemory.GpuDriver)
        {
            Driver = current;
            // nvgrace_gpu_mmap(), 6.12 and 6.19: remap_pfn_range().
            _insertions = AtMmap;
        }
        else if (IsIvshmem && device.TryInteger("variant", out _insertions))
        {
            Driver = PciMemory.TestDriver;
        }
    }

    /// <summary>Its name, or null.</summary>
    public string? Driver { get; }

    public bool Has(int insertion) => (_insertions & insertion) != 0;

    private bool IsIvshmem =>
        _device.TextOrNull("vendor") == IvshmemVendor && _device.TextOrNull("device") == IvshmemDevice;

    /// <summary>Why no variant driver maps the device's memory in such a way; null if one does.</summary>
    public string? WhyNot(int insertion)
    {
        string address = _device.Text("address");
        return _device.TextOrNull("group") is null ? $"PCI device {address} is behind no IOMMU"
            : WhyTaken(_device) is { } taken ? taken
            : _device.Integer("container") is not 0 and var errno
                ? $"/dev/vfio/vfio can't be opened there: errno {errno}"
            : Driver is null
                ? IsIvshmem ? $"the VFIO variant driver {PciMemory.TestDriver} is not loaded there"
                    : _device.TextOrNull("driver") is { } other
                        ? $"PCI device {address} has the driver {other}, not {PciMemory.GpuDriver}: bind it to that first"
                    : $"PCI device {address} has no driver: bind it to {PciMemory.GpuDriver} first"
            : !Has(insertion)
                ? Driver == PciMemory.GpuDriver ? $"{Driver} is tested as it maps, not in all ways"
                    : $"the kernel there has no such way to insert pages for {Driver}"
            : null;
    }

    /// <summary>Why the device can't be used now: a process has it, as a running VM does.</summary>
    public static string? WhyTaken(Fields device) =>
        device.Flag("groupBusy", otherwise: false)
            ? $"PCI device {device.Text("address")} is in use: a process there has its VFIO group open"
            : null;
}
