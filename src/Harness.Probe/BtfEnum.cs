using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// The values of one enum in the kernel's BTF (Documentation/bpf/btf.rst). Walks the types without building objects: of
/// several hundred thousand types only the names of enums are compared.
/// </summary>
internal static unsafe class BtfEnum
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderSize = 24;
    private const int TypeSize = 12;
    private const nuint SizeLimit = 64 << 20;
    private const int EnumKind = 6;
    private const int Enum64Kind = 19;

    // The size of the data after struct btf_type, by kind: a fixed part, and a part for each of vlen.
    private static readonly byte[] Fixed = [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];
    private static readonly byte[] PerItem = [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

    /// <summary>
    /// {"errno"} if the file can't be read, {"error"} if it is not BTF or lacks the enum, else {"values"}.
    /// </summary>
    public static Fields Read(string path, string name)
    {
        int fd = Paths.Open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return Fields.Of(("errno", -fd));
        var bytes = (byte*)
            Libc.mmap(null, SizeLimit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        nuint size = 0;
        int errno = bytes == (byte*)-1 ? Libc.Error() : 0;
        while (errno == 0 && size < SizeLimit)
        {
            nint got = Libc.read(fd, bytes + size, SizeLimit - size);
            if (got < 0)
                errno = Libc.Error();
            if (got <= 0)
                break;
            size += (nuint)got;
        }
        Libc.close(fd);
        var result =
            errno != 0 ? Fields.Of(("errno", errno))
            : Find(bytes, size, name, out string? error) is { } values ? Fields.Of(("values", values))
            : Fields.Of(("error", error));
        if (bytes != (byte*)-1)
            Libc.munmap(bytes, SizeLimit);
        return result;
    }

    /// <summary>Null with an error if the bytes are not BTF or don't contain the enum.</summary>
    internal static Fields? Find(byte* bytes, nuint size, string name, out string? error)
    {
        error = "not BTF";
        if (size < HeaderSize || *(ushort*)bytes != Magic)
            return null;
        // magic, version, flags, hdr_len, type_off, type_len, str_off, str_len
        uint header = *(uint*)(bytes + 4);
        ulong types = header + (ulong)*(uint*)(bytes + 8);
        ulong typesEnd = types + *(uint*)(bytes + 12);
        ulong strings = header + (ulong)*(uint*)(bytes + 16);
        ulong stringsEnd = strings + *(uint*)(bytes + 20);
        if (typesEnd > size || stringsEnd > size)
            return null;
        byte* end = bytes + typesEnd;
        for (byte* at = bytes + types; at + TypeSize <= end; )
        {
            uint info = *(uint*)(at + 4);
            int kind = (int)(info >> 24 & 0x1f);
            uint count = info & 0xffff;
            if (kind is 0 || kind >= Fixed.Length)
            {
                error = $"a BTF kind unknown here: {kind}";
                return null;
            }
            byte* next = at + TypeSize + Fixed[kind] + count * PerItem[kind];
            if (next > end)
                return null;
            if (kind is EnumKind or Enum64Kind && Is(bytes + strings, stringsEnd - strings, *(uint*)at, name))
            {
                var values = new (string, object?)[count];
                byte* item = at + TypeSize;
                for (uint i = 0; i < count; i++, item += PerItem[kind])
                    values[i] = (
                        Text(bytes + strings, stringsEnd - strings, *(uint*)item),
                        kind == EnumKind ? *(uint*)(item + 4) : *(uint*)(item + 4) | (ulong)*(uint*)(item + 8) << 32
                    );
                error = null;
                return Fields.Of(values);
            }
            at = next;
        }
        error = $"no enum {name}";
        return null;
    }

    private static bool Is(byte* strings, ulong length, uint offset, string name)
    {
        if (offset + (ulong)name.Length >= length)
            return false;
        for (int i = 0; i < name.Length; i++)
            if (strings[offset + i] != name[i])
                return false;
        return strings[offset + name.Length] == 0;
    }

    private static string Text(byte* strings, ulong length, uint offset)
    {
        uint end = offset;
        while (end < length && strings[end] != 0)
            end++;
        return offset < end ? new string((sbyte*)strings, (int)offset, (int)(end - offset)) : "";
    }
}
