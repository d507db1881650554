using System.Text.Json.Serialization;

namespace Harness.Protocol;

/// <summary>
/// Ensures that <paramref name="Count"/> pages are free in hugetlbfs's pool, which gets its former size back when the
/// program ends. ENOMEM if there is not enough memory.
/// </summary>
/// <param name="As">The name of what is undone at the end.</param>
/// <param name="Count">The number of pages.</param>
/// <param name="KiB">The size of a page, in KiB; null: 2048.</param>
public sealed record HugePagesStep(string As, int Count, int? KiB = null) : Step<HugePagesResult>(OnError.Fail)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsHostAlone => true;
}

public sealed record HugePagesResult : StepResult;

/// <summary>UDMABUF_CREATE over the first <paramref name="Size"/> bytes of a sealed memfd.</summary>
public sealed record UdmaBufStep(string As, string Memory, ulong Size) : Step<UdmaBufResult>(OnError.Fail);

public sealed record UdmaBufResult : StepResult;

/// <summary>
/// Binds a PCI device to a driver of VFIO by driver_override; when the program ends it is bound to its previous driver
/// again. Nothing is done if the driver already has the device; for vfio-pci also if a variant of it has.
/// </summary>
/// <param name="As">Its name in the program.</param>
/// <param name="Address">"0000:00:10.0".</param>
/// <param name="Driver">The driver's name in sysfs.</param>
public sealed record VfioBindStep(string As, string Address, string Driver = VfioBindStep.VfioPci)
    : Step<VfioBindResult>(OnError.Fail)
{
    public const string VfioPci = "vfio-pci";
    public const string TestDriver = "stage2-vfio"; // guest-images/variant/stage2_vfio.h

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsHostAlone => true;
}

/// <param name="Driver">The former driver's name, or null.</param>
public sealed record VfioBindResult(string? Driver = null) : StepResult;

/// <summary>
/// A PCI device of VFIO: VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU (type 1, version 2), VFIO_GROUP_GET_DEVICE_FD.
/// </summary>
/// <param name="As">The device's name in the program.</param>
/// <param name="Container">An open /dev/vfio/vfio.</param>
/// <param name="Group">An open /dev/vfio/N.</param>
/// <param name="Address">"0000:00:10.0".</param>
public sealed record VfioDeviceStep(string As, string Container, string Group, string Address)
    : Step<VfioDeviceResult>(OnError.Fail);

/// <param name="Call">The call that failed.</param>
public sealed record VfioDeviceResult(string? Call = null) : StepResult, ICallResult;

/// <summary>
/// A PCI device of VFIO by its own file, /dev/vfio/devices/vfioN: VFIO_DEVICE_BIND_IOMMUFD (6.6). It is attached to no
/// address space.
/// </summary>
/// <param name="As">The device's name in the program.</param>
/// <param name="Iommu">An open /dev/iommu.</param>
/// <param name="Address">"0000:00:10.0".</param>
public sealed record VfioIommuStep(string As, string Iommu, string Address) : Step<VfioIommuResult>(OnError.Fail);

/// <param name="Call">The call that failed.</param>
public sealed record VfioIommuResult(string? Call = null) : StepResult, ICallResult;

/// <summary>Writes PCI_COMMAND through the device's config region, with or without PCI_COMMAND_MEMORY.</summary>
/// <param name="Device">The device.</param>
/// <param name="Memory">Whether the device's memory is enabled.</param>
public sealed record VfioCommandStep(string Device, bool Memory) : Step<VfioCommandResult>(OnError.Fail);

/// <param name="Before">PCI_COMMAND before.</param>
public sealed record VfioCommandResult(uint? Before = null) : StepResult;

/// <summary>VFIO_DEVICE_RESET.</summary>
public sealed record VfioResetStep(string Device) : Step<VfioResetResult>(OnError.Fail);

public sealed record VfioResetResult : StepResult;

/// <summary>
/// Another process writes the device's address to its driver's "unbind"; it waits there until the program, which has
/// the device open, ends.
/// </summary>
/// <param name="Binding">The <see cref="VfioBindStep"/> of the device.</param>
/// <param name="Address">"0000:00:10.0".</param>
public sealed record VfioUnbindStep(string Binding, string Address) : Step<VfioUnbindResult>(OnError.Fail);

/// <param name="Waits">The other process had not returned after a tenth of a second.</param>
public sealed record VfioUnbindResult(bool? Waits = null) : StepResult;

/// <summary>VFIO_DEVICE_GET_REGION_INFO of a region, for <see cref="MapStep"/>.</summary>
public sealed record VfioRegionStep(string As, string Device, int Index) : Step<VfioRegionResult>(OnError.Fail);

/// <param name="Size">In bytes.</param>
/// <param name="Flags">VFIO_REGION_INFO_FLAG_*.</param>
public sealed record VfioRegionResult(ulong? Size = null, uint? Flags = null) : StepResult;
