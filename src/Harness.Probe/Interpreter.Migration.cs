using System.Globalization;
using Harness.Kvm;
using Harness.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>What a VMM reads of a VM that leaves, and writes into the one that takes its place.</summary>
internal sealed unsafe partial class Interpreter
{
    private const string Hex = "0123456789abcdef";

    /// <summary>The bytes of each slot that there is: the kernel takes no length for a dirty log, and writes all of it.</summary>
    private readonly Dictionary<(KvmVm Vm, uint Slot), ulong> _slots = [];

    private int SaveRegisters(Fields args, ref Fields values)
    {
        Only(args, "vcpu");
        var vcpu = _variables.Get<KvmVcpu>(args.Text("vcpu"));
        int errno = vcpu.GetRegList(out ulong[] ids);
        if (errno != 0)
            return errno;
        var registers = new List<(string, object?)>(ids.Length);
        var unreadable = new List<(string, object?)>();
        foreach (ulong id in ids)
        {
            var value = new byte[KvmRegister.Size(id)];
            errno = vcpu.GetOneReg(id, value);
            if (errno == 0)
                registers.Add((Name(id), InHex(value)));
            else
                unreadable.Add((Name(id), errno));
        }
        values = Fields.Of(("registers", Fields.Of([.. registers])), ("unreadable", Fields.Of([.. unreadable])));
        return 0;
    }

    private int RestoreRegisters(Fields args, ref Fields values)
    {
        Only(args, "vcpu", "registers", "all");
        var vcpu = _variables.Get<KvmVcpu>(args.Text("vcpu"));
        bool all = args.Flag("all");
        var refused = new List<(string, object?)>();
        int ended = 0;
        foreach (var register in args.Inner("registers"))
        {
            ulong id = Id(register.Key);
            int errno = vcpu.SetOneReg(id, FromHex(register.Key, register.Value as string, KvmRegister.Size(id)));
            if (errno == 0)
                continue;
            refused.Add((register.Key, errno));
            if (!all)
                continue;
            ended = errno;
            break;
        }
        values = Fields.Of(("refused", Fields.Of([.. refused])));
        return ended;
    }

    private int RegisterMasks(Fields args, ref Fields values)
    {
        Only(args, "vm");
        int errno = _variables.Get<KvmVm>(args.Text("vm")).GetRegWritableMasks(out ulong[] masks);
        if (errno != 0)
            return errno;
        var told = new List<(string, object?)>();
        for (int i = 0; i < masks.Length; i++)
            if (masks[i] != 0)
                told.Add((Name(KvmRegister.OfFeatureIndex(i)), masks[i]));
        values = Fields.Of(("masks", Fields.Of([.. told])));
        return 0;
    }

    private int SavePages(Fields args, ref Fields values)
    {
        Only(args, "map", "offset", "size");
        var map = Pages(args, out ulong offset, out ulong size);
        var page = new byte[Libc.getpagesize()];
        var pages = new List<(string, object?)>();
        for (ulong at = offset; at < offset + size; at += (ulong)page.Length)
        {
            int errno = ReadPage(map, at, page, out bool zeroes, ref values);
            if (errno != 0)
                return errno;
            if (!zeroes)
                pages.Add((Name(at, pages.Count), Convert.ToBase64String(page)));
        }
        values = Fields.Of(("pages", Fields.Of([.. pages])), ("pageSize", page.Length));
        return 0;
    }

    private int DirtyPages(Fields args, ref Fields values)
    {
        Only(args, "vm", "slot", "map", "offset", "size");
        var vm = _variables.Get<KvmVm>(args.Text("vm"));
        uint slot = Word(args, "slot");
        var map = Pages(args, out ulong offset, out ulong size);
        if (_slots.TryGetValue((vm, slot), out ulong registered) && registered != size)
            throw new FormatException($"slot {slot} has {registered} bytes, not {size}");
        var page = new byte[Libc.getpagesize()];
        ulong count = size / (ulong)page.Length;
        var bits = new ulong[(count + 63) / 64];
        int errno = vm.GetDirtyLog((int)slot, bits);
        if (errno != 0)
            return errno;
        var pages = new List<(string, object?)>();
        for (ulong i = 0; i < count; i++)
        {
            if ((bits[i / 64] >> (int)(i % 64) & 1) == 0)
                continue;
            ulong at = offset + i * (ulong)page.Length;
            errno = ReadPage(map, at, page, out _, ref values);
            if (errno != 0)
                return errno;
            pages.Add((Name(at, pages.Count), Convert.ToBase64String(page)));
        }
        values = Fields.Of(("pages", Fields.Of([.. pages])), ("pageSize", page.Length));
        return 0;
    }

    private int RestorePages(Fields args, ref Fields values)
    {
        Only(args, "map", "pages");
        var map = There(args);
        foreach (var page in args.Inner("pages"))
        {
            var bytes = Content(page.Key, page.Value as string);
            if (!ulong.TryParse(page.Key, NumberStyles.None, CultureInfo.InvariantCulture, out ulong offset)
                || offset % sizeof(ulong) != 0 || offset > map.Size || (ulong)bytes.Length > map.Size - offset)
                throw new FormatException($"{bytes.Length} bytes at '{page.Key}' are no aligned words inside the {map.Size} bytes of the mapping");
            int errno = WritePage(map, offset, bytes, ref values);
            if (errno != 0)
                return errno;
        }
        return 0;
    }

    private int Settle(Fields args, ref Fields values)
    {
        Only(args, "vcpu");
        var vcpu = _variables.Get<KvmVcpu>(args.Text("vcpu"));
        int errno = vcpu.Settle();
        if (errno == EINTR)
            return 0;
        if (errno == 0)
            values = Fields.Of(("exit", vcpu.Exit));
        return errno;
    }

    /// <summary>Notes what a slot has become; the errno is passed through.</summary>
    private int Registered(Fields args, int errno)
    {
        if (errno != 0)
            return errno;
        var slot = (_variables.Get<KvmVm>(args.Text("vm")), Word(args, "slot"));
        if (args.Bits("size") != 0)
            _slots[slot] = args.Bits("size");
        else
            _slots.Remove(slot); // deleted
        return 0;
    }

    /// <summary>A part of a mapping that is whole pages of the host's.</summary>
    private Mapping Pages(Fields args, out ulong offset, out ulong size)
    {
        var map = Part(args, out offset, out size);
        ulong page = (ulong)Libc.getpagesize();
        return offset % page == 0 && size % page == 0
            ? map
            : throw new FormatException($"{size} bytes at {offset} are not whole pages of {page} bytes");
    }

    /// <summary>By aligned loads of 64 bits: copying code may load as Device memory does not allow.</summary>
    private static int ReadPage(Mapping map, ulong offset, byte[] page, out bool zeroes, ref Fields values)
    {
        zeroes = true;
        int errno = Reach(map, offset, null, ref values);
        if (errno != 0)
            return errno;
        var from = (ulong*)(map.Address + offset);
        ulong any = 0;
        fixed (byte* bytes = page)
        {
            var to = (ulong*)bytes;
            for (int i = 0; i < page.Length / sizeof(ulong); i++)
            {
                ulong word = from[i];
                to[i] = word;
                any |= word;
            }
        }
        zeroes = any == 0;
        return 0;
    }

    /// <summary>By aligned stores of 64 bits, as for <see cref="ReadPage"/>.</summary>
    private static int WritePage(Mapping map, ulong offset, byte[] content, ref Fields values)
    {
        int host = Libc.getpagesize();
        fixed (byte* bytes = content)
        {
            for (int start = 0; start < content.Length; )
            {
                // As far as the host's next page: each may be out of reach.
                int end = Math.Min(content.Length, start + host - (int)((offset + (ulong)start) % (ulong)host));
                int errno = Reach(map, offset + (ulong)start, *(uint*)(bytes + start), ref values);
                if (errno != 0)
                    return errno;
                for (; start < end; start += sizeof(ulong))
                    *(ulong*)(map.Address + offset + start) = *(ulong*)(bytes + start);
            }
        }
        return 0;
    }

    /// <summary>
    /// Touches a page's first word before this process's own code does, which a signal would end: then EFAULT, and the signal.
    /// </summary>
    private static int Reach(Mapping map, ulong offset, uint? store, ref Fields values)
    {
        int errno = TouchingCode.Touch((uint*)(map.Address + offset), store, out var touched);
        if (errno != 0 || touched.Signal == 0)
            return errno;
        values = Fields.Of(("offset", offset), ("signal", touched.Signal), ("code", touched.Code));
        return EFAULT;
    }

    private static string Name(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    private static string Name(ulong offset, int already) => already < LineProtocol.MemberLimit
        ? offset.ToString(CultureInfo.InvariantCulture)
        : throw new FormatException($"more than {LineProtocol.MemberLimit} pages: save them in parts");

    private static ulong Id(string name) =>
        name.Length == 16 && ulong.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw new FormatException($"'{name}' is no register's id of sixteen hex digits");

    private static byte[] Content(string name, string? base64)
    {
        try
        {
            var bytes = Convert.FromBase64String(base64 ?? throw new FormatException("it is not text"));
            return bytes.Length > 0 && bytes.Length % sizeof(ulong) == 0
                ? bytes
                : throw new FormatException($"{bytes.Length} bytes are no words of 64 bits");
        }
        catch (FormatException e)
        {
            throw new FormatException($"the page at '{name}': {e.Message}");
        }
    }

    private static string InHex(byte[] bytes)
    {
        var text = new char[bytes.Length * 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[2 * i] = Hex[bytes[i] >> 4];
            text[2 * i + 1] = Hex[bytes[i] & 15];
        }
        return new string(text);
    }

    private static byte[] FromHex(string name, string? text, int count)
    {
        if (text is null || text.Length != 2 * count)
            throw new FormatException($"register '{name}' has {count} bytes of two hex digits each, not '{text}'");
        var bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            int high = Hex.IndexOf(text[2 * i]), low = Hex.IndexOf(text[2 * i + 1]);
            if (high < 0 || low < 0)
                throw new FormatException($"register '{name}' has {count} bytes of two hex digits each, not '{text}'");
            bytes[i] = (byte)(high << 4 | low);
        }
        return bytes;
    }
}
