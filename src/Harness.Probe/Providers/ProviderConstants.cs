using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Providers;

/// <summary>
/// Constants of linux/memfd.h, linux/fcntl.h, linux/mman.h and their like, the same on arm64 and x86-64.
/// </summary>
internal static class ProviderConstants
{
    [CConstant("MFD_ALLOW_SEALING", "sys/mman.h")]
    public const uint MFD_ALLOW_SEALING = 2;

    [CConstant("MFD_HUGETLB", "sys/mman.h")]
    public const uint MFD_HUGETLB = 4;

    [CConstant("MFD_HUGE_SHIFT", "linux/memfd.h")]
    public const int MFD_HUGE_SHIFT = 26;

    [CConstant("F_ADD_SEALS", "linux/fcntl.h")]
    public const int F_ADD_SEALS = 1033;

    [CConstant("F_SEAL_SHRINK", "linux/fcntl.h")]
    public const int F_SEAL_SHRINK = 2;

    [CConstant("O_CREAT", "fcntl.h")]
    public const int O_CREAT = 0x40;

    [CConstant("O_EXCL", "fcntl.h")]
    public const int O_EXCL = 0x80;

    [CConstant("ENOMEM", "errno.h")]
    public const int ENOMEM = 12;

    [CConstant("ENODEV", "errno.h")]
    public const int ENODEV = 19;

    [CConstant("EBUSY", "errno.h")]
    public const int EBUSY = 16;
}
