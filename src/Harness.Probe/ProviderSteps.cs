using Harness.Probe.Providers;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>Steps that create memory through other subsystems.</summary>
internal sealed unsafe class ProviderSteps(Variables variables)
{
    public HugePagesResult HugePages(HugePagesStep step)
    {
        variables.CheckFree(step.As);
        var settings = new Settings();
        variables.Add(step.As, settings);
        return new HugePagesResult
        {
            Errno = LargeBlocks.Retry(HugePagePool.Size(step.KiB), () =>
                HugePagePool.Reserve(step.Count, step.KiB, settings)
            ),
        };
    }

    public UdmaBufResult UdmaBuf(UdmaBufStep step)
    {
        variables.CheckFree(step.As);
        return new UdmaBufResult
        {
            Errno = variables.Opened(step.As, UdmaBufs.Create(variables.File(step.Memory), step.Size)),
        };
    }

    public VfioBindResult VfioBind(VfioBindStep step)
    {
        variables.CheckFree(step.As);
        var settings = new Settings();
        variables.Add(step.As, settings);
        int errno = new PciDevice(step.Address).BindToVfio(settings, step.Driver, out string? driver);
        return new VfioBindResult(driver) { Errno = errno };
    }

    public VfioDeviceResult VfioDevice(VfioDeviceStep step)
    {
        variables.CheckFree(step.As);
        int fd = Vfio.Device(variables.File(step.Container), variables.File(step.Group), step.Address, out string call);
        int errno = variables.Opened(step.As, fd);
        return errno == 0 ? new VfioDeviceResult() : new VfioDeviceResult(call) { Errno = errno };
    }

    public VfioIommuResult VfioIommu(VfioIommuStep step)
    {
        variables.CheckFree(step.As);
        int iommu = variables.File(step.Iommu);
        if (new PciDevice(step.Address).DeviceFile is not { } file)
            return new VfioIommuResult("vfio-dev") { Errno = ProviderConstants.ENODEV };
        int errno = variables.Opened(step.As, Vfio.Device(iommu, file, out string call));
        return errno == 0 ? new VfioIommuResult() : new VfioIommuResult(call) { Errno = errno };
    }

    public VfioCommandResult VfioCommand(VfioCommandStep step)
    {
        int errno = Vfio.Command(variables.File(step.Device), step.Memory, out ushort before);
        return errno == 0 ? new VfioCommandResult(before) : new VfioCommandResult { Errno = errno };
    }

    public VfioResetResult VfioReset(VfioResetStep step) => new() { Errno = Vfio.Reset(variables.File(step.Device)) };

    public VfioUnbindResult VfioUnbind(VfioUnbindStep step)
    {
        var settings = variables.Get<Settings>(step.Binding);
        int errno = settings.WriteApart(new PciDevice(step.Address).UnbindFile, step.Address, out bool waits);
        return errno == 0 ? new VfioUnbindResult(waits) : new VfioUnbindResult { Errno = errno };
    }

    public VfioRegionResult VfioRegion(VfioRegionStep step)
    {
        variables.CheckFree(step.As);
        int device = variables.File(step.Device);
        int errno = Vfio.Region(device, (uint)step.Index, out var info);
        if (errno != 0)
            return new VfioRegionResult { Errno = errno };
        variables.Add(step.As, new FileRegion(device, info.Offset));
        return new VfioRegionResult(info.Size, info.Flags);
    }
}
