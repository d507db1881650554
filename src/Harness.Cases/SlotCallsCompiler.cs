using Harness.Model;
using Harness.Model.Slots;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Compiles calls about slots: memory for all of them, a VM, and a step for each call.</summary>
internal static class SlotCallsCompiler
{
    private const string Memory = MemoryCompiler.Memory;
    private const string File = "file";
    private const ulong MemoryPages = 16;

    private const ulong Tag = 1ul << 56;
    private const ulong KernelAddress = 0xffff_0000_0000_0000;
    private const ulong BeyondTask = 1ul << 52;

    /// <summary>No mapping is there: the largest slot ends below 2^48.</summary>
    private const ulong LargestMemory = 1ul << 36;

    private const ulong MostPages = (1ul << 31) - 1; // KVM_MEM_MAX_NR_PAGES

    public static CompiledCase Compile(SlotCallsCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        steps.Add(new MapStep(Memory, null, MemoryPages * host.PageSize, Write: true, Shared: false));
        steps.Add(new VmStep("vm", host.VmType) { OnError = OnError.Fail });
        if (c.HasFile)
            steps.AddSetUp(
                new GuestMemoryStep(File, "vm", SlotCallsCase.FilePages * host.PageSize, (ulong)c.Backing.GuestMemory)
                {
                    OnError = OnError.End,
                }
            );
        StepHandle<MemslotResult>[] calls = [.. c.Calls.Select(call => steps.Add(Call(call, host)))];
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, [])
        {
            SlotCalls = calls,
        };
    }

    private static MemslotStep Call(SlotCall call, ProbeAbilities host)
    {
        var (map, offset) = MemoryOf(call, host);
        return new MemslotStep(
            "vm",
            (int)call.Slot,
            AddressOf(call, host),
            SizeOf(call, host),
            map,
            offset,
            call.Flags,
            call.Second ? BindingOf(call, host) : null
        )
        {
            OnError = OnError.Continue,
        };
    }

    private static ulong AddressOf(SlotCall call, ProbeAbilities host) =>
        call.Odd switch
        {
            OddArgument.AddressUnaligned => CaseLayout.TestAddress + CaseLayout.Unaligned,
            OddArgument.AddressWraps => 0ul - host.PageSize,
            OddArgument.AddressBeyondIpa => host.EndOfGuestMemory,
            _ => CaseLayout.TestAddress + Pages(call.Address, host),
        };

    private static ulong SizeOf(SlotCall call, ProbeAbilities host) =>
        call.Odd switch
        {
            OddArgument.SizeUnaligned => Pages(call.Pages, host) - CaseLayout.Unaligned,
            OddArgument.SizeWraps => 0ul - host.PageSize,
            OddArgument.SizeLargest => MostPages * host.PageSize,
            OddArgument.SizeTooLarge => (MostPages + 1) * host.PageSize,
            _ => Pages(call.Pages, host),
        };

    /// <summary>userspace_addr: a mapping and the offset in it, or an address alone.</summary>
    private static (string? Map, ulong Offset) MemoryOf(SlotCall call, ProbeAbilities host) =>
        call.Odd switch
        {
            OddArgument.MemoryUnaligned => (Memory, CaseLayout.Unaligned),
            OddArgument.MemoryNull => (null, 0),
            OddArgument.MemoryTagged => (Memory, Tag),
            OddArgument.MemoryOfKernel => (null, KernelAddress),
            OddArgument.MemoryBeyondTask => (null, BeyondTask),
            OddArgument.SizeLargest or OddArgument.SizeTooLarge => (null, LargestMemory),
            _ => (Memory, Pages(call.Memory, host)),
        };

    private static Binding BindingOf(SlotCall call, ProbeAbilities host) =>
        call.File is not { } file
            ? new Binding()
            : new Binding(
                File,
                call.Odd switch
                {
                    OddArgument.FileUnaligned => CaseLayout.Unaligned,
                    OddArgument.FileWraps => 0ul - host.PageSize,
                    _ => Pages(file, host),
                }
            );

    private static ulong Pages(int count, ProbeAbilities host) => (ulong)(count * (long)host.PageSize);
}
