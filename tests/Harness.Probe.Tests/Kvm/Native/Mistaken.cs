#pragma warning disable CS0649 // only reflected over

using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Tests.Kvm.Native;

/// <summary>A struct without the name of its C struct.</summary>
internal struct Forgotten
{
    public int Field;
}

/// <summary>Half the size of its original, and in the wrong order.</summary>
[CStruct("struct kvm_one_reg", "linux/kvm.h")]
internal struct Half
{
    [CField("addr")]
    public uint Address;

    [CField("id")]
    public uint Id;
}

/// <summary>One field without a name in C.</summary>
[CStruct("struct kvm_reg_list", "linux/kvm.h")]
internal struct Unnamed
{
    public ulong Plain;
}

internal static class Numbers
{
    public const int Bare = 1;

    public static uint Computed => 2;
}
