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

    public static Observation Refused(Case c, int errno) => Completed(c, Step("memslot", errno));

    public static Observation Completed(Case c, params StepResult[] steps) =>
        new(c.Id, ObservationEnd.Completed, null, 1000, [.. steps.Select((s, i) => s with { Index = i })], []);

    public static StepResult Step(string op, int errno = 0, params (string, object?)[] values) => new(0, op, errno, Fields.Of(values));

    public static StepResult Report(uint status) => Step("run", 0, ("exit", 6), ("address", CaseLayout.ReportAddress),
        ("length", 4), ("write", true), ("data", status));

    public static StepResult Mmio(ulong address, bool write) => Step("run", 0, ("exit", 6), ("address", address),
        ("length", 4), ("write", write), ("data", write ? CaseLayout.StoredValue : 0));

    public static StepResult Descriptor(ulong raw, bool valid = true, int level = 3) =>
        Step("stage2", 0, ("valid", valid), ("descriptor", raw), ("level", level), ("pgtFlags", 0), ("startLevel", 1), ("iaBits", 40));

    public static StepResult Registers(ulong esr, ulong elr) => Step("get-registers", 0, ("x10", esr), ("x11", 0), ("x12", elr), ("x13", 0x200));

    public static StepResult Trace(params (string Name, ulong Prot)[] events) =>
        Trace(4096, events);

    public static StepResult Trace(ulong size, params (string Name, ulong Prot)[] events) => Step("trace", 0, ("available", true), ("lost", 0),
        ("events", events.Select(e => Fields.Of(("name", e.Name), ("addr", CaseLayout.TestAddress), ("size", size), ("prot", e.Prot))).ToArray()));

    /// <summary>A read that went through, with the descriptor that it left.</summary>
    public static Observation ReadMapped(Case c, ulong descriptor) =>
        Completed(c, Step("memslot"), Report(0x100), Descriptor(descriptor), Registers(0, 0));
}
