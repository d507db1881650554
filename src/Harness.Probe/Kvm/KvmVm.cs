using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.KvmConstants;

namespace Harness.Probe.Kvm;

/// <summary>A VM descriptor.</summary>
public sealed unsafe class KvmVm(int fd) : KernelObject(fd)
{
    /// <summary>KVM_CHECK_EXTENSION on this VM, or minus the errno.</summary>
    public int CheckExtension(int capability) => CallForResult(KVM_CHECK_EXTENSION, (nuint)capability);

    /// <summary>
    /// Whether the VM is dead (vm_dead, after KVM_BUG_ON): every ioctl then fails with EIO, including this one. The
    /// same holds in a process that was forked after the VM was created (kvm_vm_ioctl).
    /// </summary>
    public bool IsDead() => CheckExtension(KVM_CAP_USER_MEMORY) == -LibcConstants.EIO;

    /// <summary>KVM_ENABLE_CAP: 0, or the errno.</summary>
    public int EnableCap(int capability, ulong argument)
    {
        var request = new KvmEnableCap { Capability = (uint)capability };
        request.Arguments[0] = argument;
        return Call(KVM_ENABLE_CAP, &request);
    }

    /// <summary>KVM_SET_USER_MEMORY_REGION: 0, or the errno.</summary>
    public int SetUserMemoryRegion(KvmUserspaceMemoryRegion region) => Call(KVM_SET_USER_MEMORY_REGION, &region);

    /// <summary>KVM_SET_USER_MEMORY_REGION2 (6.8 on): 0, or the errno.</summary>
    public int SetUserMemoryRegion2(KvmUserspaceMemoryRegion2 region) => Call(KVM_SET_USER_MEMORY_REGION2, &region);

    /// <summary>
    /// KVM_CREATE_GUEST_MEMFD (on arm64 6.18 on): the descriptor, which keeps the VM alive, or minus the errno.
    /// </summary>
    public int CreateGuestMemfd(ulong size, ulong flags)
    {
        var request = new KvmCreateGuestMemfd { Size = size, Flags = flags };
        return CallForResult(KVM_CREATE_GUEST_MEMFD, (nuint)(&request));
    }

    /// <summary>
    /// KVM_GET_DIRTY_LOG: 0, or the errno. The kernel's bits are cleared; there is one per page of the slot.
    /// </summary>
    /// <param name="slot">The slot's number.</param>
    /// <param name="bits">Long enough for the slot, or the kernel writes past the end.</param>
    public int GetDirtyLog(int slot, ulong[] bits)
    {
        fixed (ulong* start = bits)
        {
            var request = new KvmDirtyLog { Slot = (uint)slot, Bitmap = (ulong)start };
            return Call(KVM_GET_DIRTY_LOG, &request);
        }
    }

    /// <summary>KVM_CLEAR_DIRTY_LOG: 0, or the errno.</summary>
    /// <param name="slot">The slot's number.</param>
    /// <param name="first">The first page of the range.</param>
    /// <param name="pages">The pages of the range.</param>
    /// <param name="bits">Which of them are cleared: a bit for each, in whole words.</param>
    public int ClearDirtyLog(int slot, ulong first, uint pages, ulong[] bits)
    {
        fixed (ulong* start = bits)
        {
            var request = new KvmClearDirtyLog
            {
                Slot = (uint)slot,
                Pages = pages,
                FirstPage = first,
                Bitmap = (ulong)start,
            };
            return Call(KVM_CLEAR_DIRTY_LOG, &request);
        }
    }

    /// <summary>KVM_ARM_MTE_COPY_TAGS: how much guest memory it covered, in bytes, or minus the errno.</summary>
    public int CopyTags(KvmArmCopyMteTags request) => CallForResult(KVM_ARM_MTE_COPY_TAGS, (nuint)(&request));

    /// <summary>KVM_RESET_DIRTY_RINGS: the number of entries that were reset, or minus the errno.</summary>
    public int ResetDirtyRings() => CallForResult(KVM_RESET_DIRTY_RINGS, 0);

    /// <summary>
    /// KVM_ARM_GET_REG_WRITABLE_MASKS (6.7 on) of the feature-id registers: 0, or the errno. The mask at an index is
    /// that of
    /// <see cref="KvmRegister.OfFeatureIndex"/>.
    /// </summary>
    public int GetRegWritableMasks(out ulong[] masks)
    {
        masks = new ulong[KVM_ARM_FEATURE_ID_RANGE_SIZE];
        fixed (ulong* start = masks)
        {
            var request = new RegMaskRange { Address = (ulong)start, Range = KVM_ARM_FEATURE_ID_RANGE };
            return Call(KVM_ARM_GET_REG_WRITABLE_MASKS, &request);
        }
    }

    /// <summary>KVM_ARM_PREFERRED_TARGET: 0, or the errno.</summary>
    public int PreferredTarget(out KvmVcpuInit init)
    {
        KvmVcpuInit target = default;
        int errno = Call(KVM_ARM_PREFERRED_TARGET, &target);
        init = target;
        return errno;
    }

    /// <summary>KVM_CREATE_DEVICE. Null with the errno if it fails.</summary>
    /// <param name="type">KVM_DEV_TYPE_*.</param>
    /// <param name="errno">0, or the errno.</param>
    public KvmDevice? CreateDevice(uint type, out int errno)
    {
        var request = new KvmCreateDevice { Type = type };
        errno = Call(KVM_CREATE_DEVICE, &request);
        return errno == 0 ? new KvmDevice((int)request.Fd) : null;
    }

    /// <summary>KVM_CREATE_VCPU, and a mapping of its run page. Null with the errno if either fails.</summary>
    /// <param name="id">The vCPU's number.</param>
    /// <param name="mapSize">KVM_GET_VCPU_MMAP_SIZE, in bytes.</param>
    /// <param name="errno">0, or the errno.</param>
    public KvmVcpu? CreateVcpu(int id, int mapSize, out int errno)
    {
        int vcpu = CallForResult(KVM_CREATE_VCPU, (nuint)id);
        errno = vcpu < 0 ? -vcpu : 0;
        return vcpu < 0 ? null : KvmVcpu.Adopt(vcpu, mapSize, out errno);
    }
}
