using Harness.Guest;
using Harness.Model;
using Harness.Wire;

namespace Harness.Cases;

/// <summary>What a host can tell beyond errno and exits, and so what a program asks of it.</summary>
/// <param name="Exporter">The exporter module is loaded: backings beyond anonymous memory, and the stage-2 descriptor.</param>
/// <param name="Descriptor">The exporter can walk stage 2 there; in protected mode it can't.</param>
/// <param name="Trace">kprobe events can be had through tracefs.</param>
public sealed record ProbeAbilities(bool Exporter, bool Descriptor, bool Trace);

/// <summary>Compiles a case to the steps that the probe executes. The program holds no expectation.</summary>
public static class CaseCompiler
{
    /// <summary>Where guest code and probe meet: the registers that <see cref="Steps.GetRegisters"/> reads after each report.</summary>
    public static readonly string[] ReportRegisters = ["x10", "x11", "x12", "x13"];

    /// <summary>Null where the case can be run on such a host; else what the host lacks.</summary>
    public static string? WhyNotRunnable(Case c, ProbeAbilities host) =>
        c.Backing.Kind != VmaKind.Anonymous && !host.Exporter
            ? "needs the exporter module (/dev/stage2-exporter) for its backing"
            : null;

    public static WireProgram Compile(Case c, ProbeAbilities host)
    {
        var steps = new List<Step>();
        if (host.Exporter)
            steps.Add(Steps.Open("exporter", "/dev/stage2-exporter"));
        bool exported = c.Backing.Kind != VmaKind.Anonymous;
        if (exported)
            steps.Add(Steps.Export("exporter", CaseText.Word(c.Backing.Memory), CaseText.Word(c.Backing.Type),
                CaseText.Word(c.Backing.Kind), c.Backing.AllowAnyUncached, CaseLayout.TestSize));
        steps.Add(Steps.Map("memory", exported ? "exporter" : null, CaseLayout.TestSize, c.VmaWritable,
            c.Backing.Sharing == Sharing.Shared, CaseLayout.TestSize));
        steps.Add(Steps.Vm("vm"));
        steps.Add(Steps.Memslot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, CaseLayout.TestSize, "memory",
            flags: KvmFlags(c.Slot), onError: OnError.End));
        AddGuest(steps, c);
        if (host.Trace)
            steps.Add(Steps.Trace());
        foreach (var _ in c.Accesses.Span)
        {
            steps.Add(Steps.Run("vcpu", CaseLayout.RunTimeoutMs, OnError.End));
            if (host.Trace)
                steps.Add(Steps.Trace());
            if (host.Descriptor)
                steps.Add(Steps.Stage2("exporter", "vm", CaseLayout.TestAddress));
            steps.Add(Steps.GetRegisters("vcpu", ReportRegisters));
        }
        return new WireProgram(c.Id, CaseLayout.DeadlineMs, steps);
    }

    private static void AddGuest(List<Step> steps, Case c)
    {
        var guest = GuestProgram.ForAccesses([.. c.Accesses.Span.ToArray().Select(Guest)]);
        steps.Add(Steps.Map("code", null, CaseLayout.CodeSize, write: true, shared: false, CaseLayout.CodeSize));
        steps.Add(Steps.Words("code", 0, guest.Words));
        steps.Add(Steps.Memslot("vm", CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, "code"));
        steps.Add(Steps.Vcpu("vcpu", "vm"));
        steps.Add(Steps.SetRegisters("vcpu",
            ("pc", CaseLayout.CodeAddress + guest.EntryOffset),
            ("vbar_el1", CaseLayout.CodeAddress + guest.VectorOffset),
            ("x1", CaseLayout.TestAddress),
            ("x2", CaseLayout.StoredValue),
            ("x9", CaseLayout.ReportAddress)));
    }

    private static GuestAccess Guest(Access access) => access switch
    {
        Access.Read => GuestAccess.Read,
        Access.Write => GuestAccess.Write,
        _ => GuestAccess.Execute,
    };

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is 1 and KVM_MEM_READONLY is 2, as in <see cref="SlotFlags"/>.</summary>
    private static uint KvmFlags(SlotFlags flags) => (uint)flags;
}
