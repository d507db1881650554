namespace Harness.Model;

/// <summary>The flags of KVM_SET_USER_MEMORY_REGION that the decision looks at.</summary>
[Flags]
public enum SlotFlags : byte
{
    None = 0,
    LogDirtyPages = 1,
    ReadOnly = 2,
}
