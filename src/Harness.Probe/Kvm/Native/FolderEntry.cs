using System.Runtime.InteropServices;

namespace Harness.Probe.Kvm.Native;

/// <summary>glibc's struct dirent, up to the first byte of the name; x86-64 has the same.</summary>
[CStruct("struct dirent", "dirent.h")]
[StructLayout(LayoutKind.Explicit, Size = 280)]
public struct FolderEntry
{
    [FieldOffset(19), CField("d_name[0]")]
    public byte Name;
}
