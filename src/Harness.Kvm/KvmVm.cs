using Harness.Kvm.Native;
using static Harness.Kvm.Native.KvmConstants;

namespace Harness.Kvm;

/// <summary>A VM descriptor.</summary>
public sealed unsafe class KvmVm(int fd) : KernelObject(fd)
{
    /// <summary>KVM_CHECK_EXTENSION on this VM, or minus the errno.</summary>
    public int CheckExtension(int capability) => Ask(KVM_CHECK_EXTENSION, (nuint)capability);

    /// <summary>KVM_SET_USER_MEMORY_REGION: 0, or the errno.</summary>
    public int SetUserMemoryRegion(KvmUserspaceMemoryRegion region) => Call(KVM_SET_USER_MEMORY_REGION, &region);

    /// <summary>KVM_ARM_PREFERRED_TARGET: 0, or the errno.</summary>
    public int PreferredTarget(out KvmVcpuInit init)
    {
        KvmVcpuInit target = default;
        int errno = Call(KVM_ARM_PREFERRED_TARGET, &target);
        init = target;
        return errno;
    }

    /// <summary>KVM_CREATE_VCPU, and its run page mapped. Null and the errno where either fails.</summary>
    /// <param name="id">The vCPU's number.</param>
    /// <param name="mapSize">KVM_GET_VCPU_MMAP_SIZE, in bytes.</param>
    /// <param name="errno">0, or the errno.</param>
    public KvmVcpu? CreateVcpu(int id, int mapSize, out int errno)
    {
        int vcpu = Ask(KVM_CREATE_VCPU, (nuint)id);
        errno = vcpu < 0 ? -vcpu : 0;
        return vcpu < 0 ? null : KvmVcpu.Adopt(vcpu, mapSize, out errno);
    }
}
