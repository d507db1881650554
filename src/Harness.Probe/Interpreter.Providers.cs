using Harness.Probe.Providers;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>Steps that create memory through other subsystems.</summary>
internal sealed unsafe partial class Interpreter
{
    private HugePagesResult HugePages(HugePagesStep step)
    {
        _variables.CheckFree(step.As);
        var settings = new Settings();
        _variables.Add(step.As, settings);
        return new HugePagesResult { Errno = HugePagePool.Reserve(step.Count, settings) };
    }

    private UdmaBufResult UdmaBuf(UdmaBufStep step)
    {
        _variables.CheckFree(step.As);
        return new UdmaBufResult { Errno = Opened(step.As, UdmaBufs.Create(File(step.Memory), step.Size)) };
    }

    private VfioBindResult VfioBind(VfioBindStep step)
    {
        _variables.CheckFree(step.As);
        var settings = new Settings();
        _variables.Add(step.As, settings);
        int errno = new PciDevice(step.Address).BindToVfio(settings, out string? driver);
        return new VfioBindResult(driver) { Errno = errno };
    }

    private VfioDeviceResult VfioDevice(VfioDeviceStep step)
    {
        _variables.CheckFree(step.As);
        int fd = Vfio.Device(File(step.Container), File(step.Group), step.Address, out string call);
        int errno = Opened(step.As, fd);
        return errno == 0 ? new VfioDeviceResult() : new VfioDeviceResult(call) { Errno = errno };
    }

    private VfioRegionResult VfioRegion(VfioRegionStep step)
    {
        _variables.CheckFree(step.As);
        int device = File(step.Device);
        int errno = Vfio.Region(device, (uint)step.Index, out var info);
        if (errno != 0)
            return new VfioRegionResult { Errno = errno };
        _variables.Add(step.As, new FileRegion(device, info.Offset));
        return new VfioRegionResult(info.Size, info.Flags);
    }
}
