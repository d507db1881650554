using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.KvmConstants;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Kvm;

/// <summary>
/// /dev/kvm. Every call returns what the kernel returned; an errno is an observation, not an exception.
/// </summary>
public sealed unsafe class KvmSystem(int fd) : KernelObject(fd)
{
    /// <summary>Opens /dev/kvm. Null with the errno if that fails.</summary>
    public static KvmSystem? Open(out int errno)
    {
        int fd = Paths.Open("/dev/kvm", O_RDWR | O_CLOEXEC);
        errno = fd < 0 ? -fd : 0;
        return fd < 0 ? null : new KvmSystem(fd);
    }

    /// <summary>KVM_GET_API_VERSION, or minus the errno.</summary>
    public int ApiVersion() => CallForResult(KVM_GET_API_VERSION, 0);

    /// <summary>
    /// KVM_CHECK_EXTENSION on the system, or minus the errno: some capabilities are supported on a VM only.
    /// </summary>
    public int CheckExtension(int capability) => CallForResult(KVM_CHECK_EXTENSION, (nuint)capability);

    /// <summary>KVM_GET_VCPU_MMAP_SIZE in bytes, or minus the errno.</summary>
    public int VcpuMapSize() => CallForResult(KVM_GET_VCPU_MMAP_SIZE, 0);

    /// <summary>KVM_CREATE_VM. Null with the errno if that fails.</summary>
    /// <param name="type">
    /// Machine type bits: the IPA size in bits 7:0 (0 is 40), KVM_VM_TYPE_ARM_PROTECTED in bit 31.
    /// </param>
    /// <param name="errno">0, or the errno.</param>
    public KvmVm? CreateVm(ulong type, out int errno)
    {
        int vm = CallForResult(KVM_CREATE_VM, (nuint)type);
        errno = vm < 0 ? -vm : 0;
        return vm < 0 ? null : new KvmVm(vm);
    }
}
