using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Steps of a VMM that saves the state of a VM, and of one that restores it.</summary>
internal sealed unsafe class MigrationSteps(Variables variables, KvmSteps kvm)
{
    public SaveRegistersResult SaveRegisters(SaveRegistersStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        int errno = vcpu.GetRegList(out ulong[] ids);
        if (errno != 0)
            return new SaveRegistersResult { Errno = errno };
        var registers = new List<SavedRegister>(ids.Length);
        var unreadable = new List<RegisterError>();
        foreach (ulong id in ids)
        {
            var value = new byte[KvmRegister.Size(id)];
            errno = vcpu.GetOneReg(id, value);
            if (errno == 0)
                registers.Add(new SavedRegister(id, value));
            else
                unreadable.Add(new RegisterError(id, errno));
        }
        return new SaveRegistersResult(registers, unreadable);
    }

    public RestoreRegistersResult RestoreRegisters(RestoreRegistersStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        var refused = new List<RegisterError>();
        foreach (var register in step.Registers)
        {
            if (register.Value.Length != KvmRegister.Size(register.Id))
                throw new ProtocolException(
                    $"register {register.Id:x16} has {KvmRegister.Size(register.Id)} bytes, not {register.Value.Length}"
                );
            int errno = vcpu.SetOneReg(register.Id, register.Value);
            if (errno == 0)
                continue;
            refused.Add(new RegisterError(register.Id, errno));
            if (step.All)
                return new RestoreRegistersResult(refused) { Errno = errno };
        }
        return new RestoreRegistersResult(refused);
    }

    public RegisterMasksResult RegisterMasks(RegisterMasksStep step)
    {
        int errno = variables.Get<KvmVm>(step.Vm).GetRegWritableMasks(out ulong[] masks);
        if (errno != 0)
            return new RegisterMasksResult { Errno = errno };
        var some = new List<RegisterMask>();
        for (int i = 0; i < masks.Length; i++)
            if (masks[i] != 0)
                some.Add(new RegisterMask(KvmRegister.OfFeatureIndex(i), masks[i]));
        return new RegisterMasksResult(some);
    }

    public SavePagesResult SavePages(SavePagesStep step)
    {
        var map = Pages(step.Map, step.Offset, step.Size);
        int size = Libc.getpagesize();
        var pages = new List<SavedPage>();
        for (ulong at = step.Offset; at < step.Offset + step.Size; at += (ulong)size)
        {
            var page = new byte[size];
            int errno = ReadPage(map, at, page, out bool zeroes, out var fault);
            if (errno != 0)
                return new SavePagesResult(Fault: fault) { Errno = errno };
            if (!zeroes)
                pages.Add(new SavedPage(at, page));
        }
        return new SavePagesResult(pages, size);
    }

    public DirtyPagesResult DirtyPages(DirtyPagesStep step)
    {
        var map = Pages(step.Map, step.Offset, step.Size);
        var bits = kvm.ReadLog(step.Vm, step.Slot, step.Size, out int errno);
        if (errno != 0)
            return new DirtyPagesResult { Errno = errno };
        int size = Libc.getpagesize();
        var pages = new List<SavedPage>();
        for (ulong i = 0; i < step.Size / (ulong)size; i++)
        {
            if ((bits[i / 64] >> (int)(i % 64) & 1) == 0)
                continue;
            var page = new byte[size];
            ulong at = step.Offset + i * (ulong)size;
            errno = ReadPage(map, at, page, out _, out var fault);
            if (errno != 0)
                return new DirtyPagesResult(Fault: fault) { Errno = errno };
            pages.Add(new SavedPage(at, page));
        }
        return new DirtyPagesResult(pages, size);
    }

    public RestorePagesResult RestorePages(RestorePagesStep step)
    {
        var map = variables.Mapped(step.Map);
        foreach (var page in step.Pages)
        {
            if (
                page.Content.Length == 0
                || page.Content.Length % sizeof(ulong) != 0
                || page.Offset % sizeof(ulong) != 0
                || page.Offset > map.Size
                || (ulong)page.Content.Length > map.Size - page.Offset
            )
                throw new ProtocolException(
                    $"{page.Content.Length} bytes at {page.Offset} are no aligned words of 64 bits inside the {map.Size} bytes of the mapping"
                );
            int errno = WritePage(map, page.Offset, page.Content, out var fault);
            if (errno != 0)
                return new RestorePagesResult(fault) { Errno = errno };
        }
        return new RestorePagesResult();
    }

    public SettleResult Settle(SettleStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        int errno = vcpu.Settle();
        return errno == EINTR ? new SettleResult()
            : errno == 0 ? new SettleResult(vcpu.Exit)
            : new SettleResult { Errno = errno };
    }

    /// <summary>Checks that a part of a mapping consists of whole host pages.</summary>
    private Mapping Pages(string name, ulong offset, ulong size)
    {
        var map = variables.Mapped(name, offset, size);
        ulong page = (ulong)Libc.getpagesize();
        return offset % page == 0 && size % page == 0
            ? map
            : throw new ProtocolException($"{size} bytes at {offset} are not whole pages of {page} bytes");
    }

    /// <summary>By aligned 64-bit loads: a memory copy may use loads that Device memory doesn't allow.</summary>
    private static int ReadPage(Mapping map, ulong offset, byte[] page, out bool zeroes, out PageFault? fault)
    {
        zeroes = true;
        int errno = Reach(map, offset, null, out fault);
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

    /// <summary>By aligned 64-bit stores, as in <see cref="ReadPage"/>.</summary>
    private static int WritePage(Mapping map, ulong offset, byte[] content, out PageFault? fault)
    {
        fault = null;
        int host = Libc.getpagesize();
        fixed (byte* bytes = content)
        {
            for (int start = 0; start < content.Length; )
            {
                // Up to the host's next page: each may be inaccessible.
                int end = Math.Min(content.Length, start + host - (int)((offset + (ulong)start) % (ulong)host));
                int errno = Reach(map, offset + (ulong)start, *(uint*)(bytes + start), out fault);
                if (errno != 0)
                    return errno;
                for (; start < end; start += sizeof(ulong))
                    *(ulong*)(map.Address + offset + start) = *(ulong*)(bytes + start);
            }
        }
        return 0;
    }

    /// <summary>
    /// Touches a page's first word before normal code accesses it, which a signal would kill: EFAULT, with the signal,
    /// if it can't be accessed.
    /// </summary>
    private static int Reach(Mapping map, ulong offset, uint? store, out PageFault? fault)
    {
        fault = null;
        int errno = TouchingCode.Touch((uint*)(map.Address + offset), store, out var touched);
        if (errno != 0 || touched.Signal == 0)
            return errno;
        fault = new PageFault(offset, touched.Signal, touched.Code);
        return EFAULT;
    }
}
