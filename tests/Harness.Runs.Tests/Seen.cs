using Harness.Cases;
using Harness.Model;
using Harness.Protocol;

namespace Harness.Runs.Tests;

/// <summary>Observations as a probe would return them, put together by hand.</summary>
internal static class Seen
{
    public const ulong NormalRwxFwb = 0x0000_0000_b214_47db; // MemAttr 6, S2AP rw, SH 3, AF, XN 0
    public const ulong NormalRwFwb = 0x0040_0000_b214_47db;
    public const ulong DeviceRw = 0x0040_0000_b214_47c7; // MemAttr 1
    public const ulong NormalRwNoFwb = 0x0040_0000_b214_47ff; // MemAttr 15

    public static Case Grace(params Access[] accesses) => new(
        new Backing(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false),
        true, SlotFlags.None, new AccessList(accesses.Length == 0 ? [Access.Read] : accesses));

    public static Observation Refused(Case c, int errno) => Completed(c, new MemslotResult { Errno = errno });

    public static Observation Completed(Case c, params StepResult[] steps) => new(c.Id, ObservationEnd.Completed, null, 1000, steps, []);

    /// <summary>What a step returns that has nothing to say but its errno.</summary>
    public static StepResult Of(Step step, int errno = 0)
    {
        var constructor = step.GetType().BaseType!.GetGenericArguments().Single().GetConstructors().Single();
        object?[] arguments = [.. constructor.GetParameters().Select(p => p.HasDefaultValue ? p.DefaultValue : false)];
        return (StepResult)constructor.Invoke(arguments) with { Errno = errno };
    }

    public static RunResult Report(uint status) => new(6, CaseLayout.ReportAddress, 4, true, status);

    public static RunResult Mmio(ulong address, bool write) => new(6, address, 4, write, write ? CaseLayout.StoredValue : 0);

    public static Stage2Result Descriptor(ulong raw, bool valid = true, int level = 3) => new(valid, raw, level, 0, 1, 40);

    public static GetRegistersResult Registers(ulong esr, ulong elr, ulong vector = 0x200, ulong? x16 = null, ulong? x17 = null)
    {
        var registers = new Dictionary<GuestRegister, ulong>
        {
            [GuestRegister.X10] = esr, [GuestRegister.X11] = 0, [GuestRegister.X12] = elr, [GuestRegister.X13] = vector,
        };
        if (x16 is { } first)
            registers[GuestRegister.X16] = first;
        if (x17 is { } last)
            registers[GuestRegister.X17] = last;
        return new GetRegistersResult(registers);
    }

    public static TraceResult Trace(params (string Name, ulong Prot)[] events) =>
        Trace(4096, events);

    public static TraceResult Trace(ulong size, params (string Name, ulong Prot)[] events) =>
        new(true, null, [.. events.Select(e => new TraceEvent(e.Name, CaseLayout.TestAddress, size, Prot: e.Prot))]);

    /// <summary>A read that went through, with the descriptor that it left.</summary>
    public static Observation ReadMapped(Case c, ulong descriptor) =>
        Completed(c, new MemslotResult(), Report(0x100), Descriptor(descriptor), Registers(0, 0));
}
