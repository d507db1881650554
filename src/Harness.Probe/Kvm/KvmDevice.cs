using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.KvmConstants;

namespace Harness.Probe.Kvm;

/// <summary>A device in a VM, emulated by KVM.</summary>
public sealed unsafe class KvmDevice(int fd) : KernelObject(fd)
{
    /// <summary>KVM_SET_DEVICE_ATTR of an attribute of 64 bits: 0, or the errno.</summary>
    public int SetAttribute(uint group, ulong attribute, ulong value)
    {
        var request = new KvmDeviceAttr
        {
            Group = group,
            Attribute = attribute,
            Address = (ulong)&value,
        };
        return Call(KVM_SET_DEVICE_ATTR, &request);
    }
}
