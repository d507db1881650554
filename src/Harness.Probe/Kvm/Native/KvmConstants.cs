namespace Harness.Probe.Kvm.Native;

/// <summary>Constants of include/uapi/linux/kvm.h and arch/arm64/include/uapi/asm/kvm.h.</summary>
public static class KvmConstants
{
    private const string Header = "linux/kvm.h";

    [CConstant("KVMIO", Header)]
    public const byte KVMIO = 0xae;

    [CConstant("KVM_API_VERSION", Header)]
    public const int KVM_API_VERSION = 12;

    [CConstant("KVM_CAP_USER_MEMORY", Header)]
    public const int KVM_CAP_USER_MEMORY = 3;

    [CConstant("KVM_CAP_ARM_MTE", Header)]
    public const int KVM_CAP_ARM_MTE = 205;

    [CConstant("KVM_CAP_GUEST_MEMFD", Header)]
    public const int KVM_CAP_GUEST_MEMFD = 234;

    [CConstant("KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED", Header)]
    public const int KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED = 243;

    [CConstant("KVM_EXIT_UNKNOWN", Header)]
    public const uint KVM_EXIT_UNKNOWN = 0;

    [CConstant("KVM_EXIT_INTR", Header)]
    public const uint KVM_EXIT_INTR = 10;

    [CConstant("KVM_EXIT_MMIO", Header)]
    public const uint KVM_EXIT_MMIO = 6;

    [CConstant("KVM_EXIT_FAIL_ENTRY", Header)]
    public const uint KVM_EXIT_FAIL_ENTRY = 9;

    [CConstant("KVM_EXIT_INTERNAL_ERROR", Header)]
    public const uint KVM_EXIT_INTERNAL_ERROR = 17;

    [CConstant("KVM_EXIT_SYSTEM_EVENT", Header)]
    public const uint KVM_EXIT_SYSTEM_EVENT = 24;

    [CConstant("KVM_EXIT_ARM_NISV", Header)]
    public const uint KVM_EXIT_ARM_NISV = 28;

    [CConstant("KVM_EXIT_MEMORY_FAULT", Header)]
    public const uint KVM_EXIT_MEMORY_FAULT = 39;

    [CConstant("KVM_DEV_TYPE_ARM_VGIC_V3", Header)]
    public const uint KVM_DEV_TYPE_ARM_VGIC_V3 = 7;

    [CConstant("KVM_DEV_ARM_VGIC_GRP_ADDR", "asm/kvm.h")]
    public const uint KVM_DEV_ARM_VGIC_GRP_ADDR = 0;

    [CConstant("KVM_DEV_ARM_VGIC_GRP_CTRL", "asm/kvm.h")]
    public const uint KVM_DEV_ARM_VGIC_GRP_CTRL = 4;

    [CConstant("KVM_DEV_ARM_VGIC_CTRL_INIT", "asm/kvm.h")]
    public const uint KVM_DEV_ARM_VGIC_CTRL_INIT = 0;

    [CConstant("KVM_VGIC_V3_ADDR_TYPE_DIST", "asm/kvm.h")]
    public const uint KVM_VGIC_V3_ADDR_TYPE_DIST = 2;

    [CConstant("KVM_VGIC_V3_ADDR_TYPE_REDIST", "asm/kvm.h")]
    public const uint KVM_VGIC_V3_ADDR_TYPE_REDIST = 3;

    [CConstant("KVM_MEM_LOG_DIRTY_PAGES", Header)]
    public const uint KVM_MEM_LOG_DIRTY_PAGES = 1;

    [CConstant("KVM_MEM_READONLY", Header)]
    public const uint KVM_MEM_READONLY = 2;

    [CConstant("KVM_MEM_GUEST_MEMFD", Header)]
    public const uint KVM_MEM_GUEST_MEMFD = 4;

    [CConstant("GUEST_MEMFD_FLAG_MMAP", Header)]
    public const ulong GUEST_MEMFD_FLAG_MMAP = 1;

    [CConstant("GUEST_MEMFD_FLAG_INIT_SHARED", Header)]
    public const ulong GUEST_MEMFD_FLAG_INIT_SHARED = 2;

    [CConstant("KVM_DIRTY_LOG_PAGE_OFFSET", "asm/kvm.h")]
    public const int KVM_DIRTY_LOG_PAGE_OFFSET = 64;

    [CConstant("KVM_DIRTY_GFN_F_DIRTY", Header)]
    public const uint KVM_DIRTY_GFN_F_DIRTY = 1;

    [CConstant("KVM_DIRTY_GFN_F_RESET", Header)]
    public const uint KVM_DIRTY_GFN_F_RESET = 2;

    [CConstant("KVM_ARM_FEATURE_ID_RANGE", "asm/kvm.h")]
    public const uint KVM_ARM_FEATURE_ID_RANGE = 0;

    [CConstant("KVM_ARM_FEATURE_ID_RANGE_SIZE", "asm/kvm.h")]
    public const int KVM_ARM_FEATURE_ID_RANGE_SIZE = 3 * 8 * 8;

    [CConstant("KVM_CREATE_VM", Header)]
    public static nuint KVM_CREATE_VM => Ioctl.None(KVMIO, 0x01);

    [CConstant("KVM_GET_API_VERSION", Header)]
    public static nuint KVM_GET_API_VERSION => Ioctl.None(KVMIO, 0x00);

    [CConstant("KVM_CHECK_EXTENSION", Header)]
    public static nuint KVM_CHECK_EXTENSION => Ioctl.None(KVMIO, 0x03);

    [CConstant("KVM_GET_VCPU_MMAP_SIZE", Header)]
    public static nuint KVM_GET_VCPU_MMAP_SIZE => Ioctl.None(KVMIO, 0x04);

    [CConstant("KVM_CREATE_VCPU", Header)]
    public static nuint KVM_CREATE_VCPU => Ioctl.None(KVMIO, 0x41);

    [CConstant("KVM_SET_USER_MEMORY_REGION", Header)]
    public static nuint KVM_SET_USER_MEMORY_REGION => Ioctl.Write<KvmUserspaceMemoryRegion>(KVMIO, 0x46);

    [CConstant("KVM_SET_USER_MEMORY_REGION2", Header)]
    public static nuint KVM_SET_USER_MEMORY_REGION2 => Ioctl.Write<KvmUserspaceMemoryRegion2>(KVMIO, 0x49);

    [CConstant("KVM_GET_DIRTY_LOG", Header)]
    public static nuint KVM_GET_DIRTY_LOG => Ioctl.Write<KvmDirtyLog>(KVMIO, 0x42);

    [CConstant("KVM_CLEAR_DIRTY_LOG", Header)]
    public static nuint KVM_CLEAR_DIRTY_LOG => Ioctl.ReadWrite<KvmClearDirtyLog>(KVMIO, 0xc0);

    [CConstant("KVM_RESET_DIRTY_RINGS", Header)]
    public static nuint KVM_RESET_DIRTY_RINGS => Ioctl.None(KVMIO, 0xc7);

    [CConstant("KVM_CREATE_GUEST_MEMFD", Header)]
    public static nuint KVM_CREATE_GUEST_MEMFD => Ioctl.ReadWrite<KvmCreateGuestMemfd>(KVMIO, 0xd4);

    [CConstant("KVM_CREATE_DEVICE", Header)]
    public static nuint KVM_CREATE_DEVICE => Ioctl.ReadWrite<KvmCreateDevice>(KVMIO, 0xe0);

    [CConstant("KVM_SET_DEVICE_ATTR", Header)]
    public static nuint KVM_SET_DEVICE_ATTR => Ioctl.Write<KvmDeviceAttr>(KVMIO, 0xe1);

    [CConstant("KVM_ENABLE_CAP", Header)]
    public static nuint KVM_ENABLE_CAP => Ioctl.Write<KvmEnableCap>(KVMIO, 0xa3);

    [CConstant("KVM_GET_REG_LIST", Header)]
    public static nuint KVM_GET_REG_LIST => Ioctl.ReadWrite<KvmRegList>(KVMIO, 0xb0);

    [CConstant("KVM_RUN", Header)]
    public static nuint KVM_RUN => Ioctl.None(KVMIO, 0x80);

    [CConstant("KVM_SET_SIGNAL_MASK", Header)]
    public static nuint KVM_SET_SIGNAL_MASK => Ioctl.Write<KvmSignalMask>(KVMIO, 0x8b);

    [CConstant("KVM_GET_ONE_REG", Header)]
    public static nuint KVM_GET_ONE_REG => Ioctl.Write<KvmOneReg>(KVMIO, 0xab);

    [CConstant("KVM_SET_ONE_REG", Header)]
    public static nuint KVM_SET_ONE_REG => Ioctl.Write<KvmOneReg>(KVMIO, 0xac);

    [CConstant("KVM_SET_VCPU_EVENTS", Header)]
    public static nuint KVM_SET_VCPU_EVENTS => Ioctl.Write<KvmVcpuEvents>(KVMIO, 0xa0);

    [CConstant("KVM_ARM_VCPU_INIT", Header)]
    public static nuint KVM_ARM_VCPU_INIT => Ioctl.Write<KvmVcpuInit>(KVMIO, 0xae);

    [CConstant("KVM_ARM_PREFERRED_TARGET", Header)]
    public static nuint KVM_ARM_PREFERRED_TARGET => Ioctl.Read<KvmVcpuInit>(KVMIO, 0xaf);

    [CConstant("KVM_ARM_MTE_COPY_TAGS", Header)]
    public static nuint KVM_ARM_MTE_COPY_TAGS => Ioctl.Read<KvmArmCopyMteTags>(KVMIO, 0xb4);

    [CConstant("KVM_ARM_GET_REG_WRITABLE_MASKS", Header)]
    public static nuint KVM_ARM_GET_REG_WRITABLE_MASKS => Ioctl.Read<RegMaskRange>(KVMIO, 0xb6);
}
