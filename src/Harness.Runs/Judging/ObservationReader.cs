using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>What is needed to decode descriptors and trace events of a host.</summary>
/// <param name="Fwb">HCR_EL2.FWB is in effect there: it changes the meaning of MemAttr.</param>
/// <param name="Prot">The host's enum kvm_pgtable_prot, or null if it is not available.</param>
public sealed record Decoding(bool Fwb, ProtBits? Prot)
{
    /// <summary>The page size of the host's kernel, in bytes: what a leaf of level 3 maps.</summary>
    public ulong PageSize { get; init; } = CaseSizes.Usual.Page;

    /// <summary>The sizes of a case's memory there.</summary>
    public CaseSizes Sizes => new(PageSize);
}

/// <summary>The evidence contradicts itself, or is impossible for a program of this case.</summary>
public sealed class UnreadableObservationException(string message) : Exception(message);

/// <summary>The page that an access is made to, and the word that it stores.</summary>
internal readonly record struct AccessTarget(ulong Address, uint Stored)
{
    /// <summary>Of all cases but programs.</summary>
    public static AccessTarget Of(Access access, ulong first, ulong pageSize) =>
        new(first + (access == Access.ReadNext ? pageSize : 0), CaseLayout.StoredValue);
}

/// <summary>Decodes the probe's results into what the case did, without any expectation.</summary>
public sealed class ObservationReader(Decoding decoding)
{
    private const int ReportLength = 4; // for a guest with word-sized reports
    private const int PageLevel = 3;
    private const int BlockLevel = 2;

    /// <summary>A guest run was interrupted: the access makes no progress.</summary>
    public static bool TimedOut(Observation observation) => observation.Steps.Any(GuestRun.TimedOut);

    /// <summary>What a case did.</summary>
    /// <param name="compiled">The case, as compiled for the host.</param>
    /// <param name="observation">The result of its program.</param>
    /// <exception cref="UnreadableObservationException">See there.</exception>
    /// <exception cref="ProtocolException">The observation is of another program.</exception>
    public ObservedCase Read(CompiledCase compiled, Observation observation)
    {
        if (compiled.Lifecycle is { } lifecycle)
            return new LifecycleReader(decoding).Read(lifecycle, observation);
        if (compiled.Capability is { } capability)
            return new ObservedCase(Errno.None, [])
            {
                Calls =
                [
                    new CapabilityPart(OnVm: false, Value(capability.System, observation)),
                    new CapabilityPart(OnVm: true, Value(capability.Vm, observation)),
                ],
            };
        if (SetUp(compiled, observation) is not 0 and var errno)
            return new ObservedCase((Errno)errno, []);
        if (compiled.Case is SlotCallsCase calls)
            return new ObservedCase(Errno.None, [])
            {
                Calls =
                [
                    .. calls.Calls.Zip(compiled.SlotCalls, (call, step) =>
                        new SlotCallPart(call.Name, Returned(step, observation))
                    ),
                ],
            };
        if (compiled.Case is NestedCase)
        {
            var (acts, read) = new NestedReader(decoding).Read(compiled, observation);
            return new ObservedCase(Errno.None, []) { Calls = acts, OfProgram = read };
        }
        if (compiled.Case is AbortCase)
        {
            var (acts, read) = new AbortReader(decoding).Read(compiled, observation);
            return new ObservedCase(Errno.None, []) { Calls = acts, OfProgram = read };
        }
        if (compiled.Case is RingCase)
            return new ObservedCase(Errno.None, []) { Calls = new RingReader(decoding).Read(compiled, observation) };
        if (compiled.Case is TagCase)
            return new ObservedCase(Errno.None, []) { Calls = new TagReader(decoding).Read(compiled, observation) };
        if (compiled.Case is ProgramCase)
        {
            var program = new ProgramReader(decoding, this).Read(compiled, observation);
            return new ObservedCase(Errno.None, []) { Program = program.Steps, OfProgram = program.Descriptors };
        }

        if (compiled.Case is CacheCase)
        {
            var (acts, read) = new CacheReader(decoding, this).Read(compiled, observation);
            return new ObservedCase(Errno.None, []) { CacheActs = acts, OfProgram = read };
        }

        var c = (AttributeCase)compiled.Case;
        var accesses = new List<ObservedAccess>();
        ObservedChange? change = null;
        for (
            int n = 0;
            n < compiled.Accesses.Count && AccessResults.Of(compiled.Accesses[n], observation) is { } results;
            n++
        )
        {
            var operation = n == c.Accesses.Count - 1 ? (c as GuestCase)?.Use.Operation : null;
            accesses.Add(ReadAccess(c.Extent, c.Accesses[n], n, operation, results));
            if (n == 0 && compiled.Change is { } made && !accesses[0].Outcome.IsLast)
                change = new ChangeReader(decoding).Read(c.Change!, made, observation);
        }
        return accesses.Count == 0
            ? throw new UnreadableObservationException("the slot was registered, but the guest never ran")
            : new ObservedCase(Errno.None, accesses) { Change = change };
    }

    /// <summary>What KVM_CHECK_EXTENSION returned; an errno is negative.</summary>
    private static int Value(StepHandle<ExtensionResult> call, Observation observation) =>
        observation.Find(call) switch
        {
            { Errno: > 0 } failed => -failed.Errno,
            { Value: { } value } => value,
            _ => throw new UnreadableObservationException(
                $"the observation doesn't have the value of a capability, step {call.Index}"
            ),
        };

    private static Errno Returned(StepHandle<MemslotResult> call, Observation observation) =>
        observation.Find(call) is { } result
            ? (Errno)result.Errno
            : throw new UnreadableObservationException(
                $"the observation doesn't have what KVM_SET_USER_MEMORY_REGION returned, step {call.Index}"
            );

    /// <summary>0, or the errno of the first failing call among those that set the memslot up.</summary>
    private static int SetUp(CompiledCase compiled, Observation observation)
    {
        foreach (var call in compiled.SetUp)
        {
            var result = observation.Find(call)
                ?? throw new UnreadableObservationException(
                    $"the observation ends within the memslot's set-up, before step {call.Index}"
                );
            if (result.Errno != 0)
                return result.Errno;
        }
        return 0;
    }

    /// <summary>One run of a guest, up to its report.</summary>
    /// <param name="extent">Of the slot.</param>
    /// <param name="access">What the guest does there first.</param>
    /// <param name="index">The number of its report.</param>
    /// <param name="operation">What it does there last, or null.</param>
    /// <param name="results">The results.</param>
    /// <exception cref="UnreadableObservationException">See there.</exception>
    internal ObservedAccess ReadAccess(
        Extent extent,
        Access access,
        int index,
        GuestOperation? operation,
        AccessResults results
    )
    {
        ulong size = decoding.Sizes.SlotSize(extent);
        var outcome = OutcomeOf(size, access, index, AccessTarget.Of(access, results.Page, decoding.PageSize), results);
        if (operation is { } o && SightOf(o, outcome, results) is { } sight)
            return ReadLeaf(
                size,
                access,
                outcome.Kind == OutcomeKind.RunFails ? outcome : Outcome.Mapped(default),
                results
            ) with
            {
                Sight = sight,
            };
        var read = ReadLeaf(size, access, outcome, results);
        return access == Access.ReadNext && read.Outcome.Kind == OutcomeKind.Mapped
            ? read with
            {
                Outcome = read.Outcome with
                {
                    Foreign = read.Outcome.Foreign || (uint)results.Registers[GuestRegister.X17] != CaseLayout.NextWord,
                },
            }
            : read;
    }

    /// <summary>What the guest observed of its operation; null if stage 2 ended it.</summary>
    private static GuestObservation? SightOf(GuestOperation operation, Outcome outcome, AccessResults results)
    {
        if (outcome.Kind == OutcomeKind.RunFails)
            return outcome.Errno == Errno.EFAULT ? new GuestObservation(GuestResult.RunFails) : null;
        if (results.Run is not { Errno: 0, Exit: GuestRun.ExitMmio, Address: CaseLayout.ReportAddress } run)
            return null;
        var registers = results.Registers;
        if ((run.Data & GuestRun.StatusMask) == GuestRun.Finished)
            return GuestObservationReader.Finished(operation, registers[GuestRegister.X17]);
        return (registers[GuestRegister.X13] & 0x180) != 0
            ? null
            : GuestObservationReader.Excepted(
                operation,
                (uint)registers[GuestRegister.X10],
                registers[GuestRegister.X12] == results.Page
            );
    }

    private ObservedAccess ReadLeaf(ulong size, Access access, Outcome outcome, AccessResults results)
    {
        if (outcome.Kind != OutcomeKind.Mapped)
            return new ObservedAccess(access, outcome, null, null);

        var traced = Traced(size, results, out ulong odd);
        var descriptor = Descriptor(results.Descriptor);
        // The leaf of the tested page may be as it should be: what else was mapped with it is not.
        if (odd != 0)
            return new ObservedAccess(
                access,
                Outcome.Unforeseen($"a mapping of 0x{odd:x} bytes was requested"),
                null,
                descriptor
            );
        if (descriptor is { } d)
        {
            if (d.Type(decoding.Fwb) is not { } type)
                return new ObservedAccess(
                    access,
                    Outcome.Unforeseen($"mapped with MemAttr 0b{d.MemAttr:b4}, which is no KVM encoding"),
                    null,
                    d
                );
            if (d.Level is not (PageLevel or BlockLevel))
                return new ObservedAccess(
                    access,
                    Outcome.Unforeseen(
                        $"mapped at level {d.Level}, though the slot has room for {decoding.Sizes.Block >> 20} MiB at most"
                    ),
                    null,
                    d
                );
            var leaf = new Leaf(type, d.Write, d.Execute, d.Level == BlockLevel);
            // If a block was requested and the host's memory isn't aligned to one, the walker makes pages of it.
            var elsewhere = Elsewhere(d, results);
            bool asRequested = traced is not { } t || t == leaf || t == leaf with { Block = true };
            return new ObservedAccess(
                access,
                Outcome.Mapped(leaf) with
                {
                    Foreign = elsewhere is not null,
                },
                Evidence.Pte,
                d
            )
            {
                Requested = asRequested ? null : traced,
                Elsewhere = elsewhere,
            };
        }
        return traced is { } l
            ? new ObservedAccess(access, Outcome.Mapped(l), Evidence.Trace, null)
            : new ObservedAccess(access, outcome, null, null);
    }

    /// <summary>How an access ended; its leaf is not read.</summary>
    internal Outcome OutcomeOf(ulong size, Access access, int index, AccessTarget target, AccessResults results)
    {
        var run = results.Run;
        if (GuestRun.TimedOut(run))
            return Outcome.Stalls;
        if (run.Errno != 0)
            return Failed(run, target);
        uint exit = run.Exit ?? throw new UnreadableObservationException("the guest's run has no exit reason");
        if (exit != GuestRun.ExitMmio)
            return Outcome.Unforeseen($"KVM exit reason {exit}");
        var request = GuestRun.MmioOf(run);
        if (request.Address - results.Page < size)
        {
            var made = MmioRequest.Of(access, target.Address, target.Stored);
            return request == made
                ? Outcome.MmioExit
                : Outcome.Unforeseen($"KVM_EXIT_MMIO for {request}, where the guest made {made}");
        }
        if (request is not { Address: CaseLayout.ReportAddress, Write: true, Length: ReportLength })
            return Outcome.Unforeseen($"KVM_EXIT_MMIO for {request}");

        ulong data = request.Data;
        if ((data & ~GuestRun.StatusMask) != (ulong)index)
            throw new UnreadableObservationException($"the guest reported 0x{data:x} for access {index}");
        return (data & GuestRun.StatusMask) switch
        {
            GuestRun.Finished => Outcome.Mapped(default),
            GuestRun.Excepted => ExceptionOf(access, target.Address, results.Registers),
            _ => throw new UnreadableObservationException($"the guest reported 0x{data:x}, which means nothing"),
        };
    }

    /// <summary>KVM_RUN failed: the exit must be right as well as the errno.</summary>
    private Outcome Failed(RunResult run, AccessTarget target)
    {
        var errno = (Errno)run.Errno;
        uint exit = run.Exit ?? GuestRun.ExitUnknown;
        return exit == GuestRun.ExitMemoryFault
            ? GuestRun.OtherFault(run, target.Address, decoding) is { } odd
                ? Outcome.Unforeseen($"KVM_RUN fails with {errno}, {odd}")
                : Outcome.MemoryFault(errno)
            : exit is GuestRun.ExitUnknown or GuestRun.ExitInterrupted
                ? Outcome.RunFails(errno)
                : Outcome.Unforeseen($"KVM_RUN fails with {errno}, and leaves KVM exit reason {exit}");
    }

    /// <summary>
    /// Exception classes: Arm ARM D24.2.40 (ESR_EL1). An undefined instruction at the tested address is the success
    /// of an instruction fetch: the page holds zeroes, which are UDF #0.
    /// </summary>
    private static Outcome ExceptionOf(Access access, ulong page, GetRegistersResult registers)
    {
        uint esr = (uint)registers[GuestRegister.X10]; // 6.1 leaves sign-extension garbage above bit 31
        uint exceptionClass = esr >> 26;
        uint faultStatus = esr & 0x3f;
        ulong elr = registers[GuestRegister.X12];
        ulong vector = registers[GuestRegister.X13];
        // Arm ARM D1.3.1.5: of each four vectors the first is the synchronous one; ESR_EL1 is not set for the others.
        if ((vector & 0x180) != 0)
            return Outcome.Unforeseen($"the guest took an interrupt or SError (vector 0x{vector:x3})");
        return exceptionClass switch
        {
            0x00 when access == Access.Execute && elr == page => Outcome.Mapped(default),
            0x20 or 0x21 when faultStatus == 0x10 && elr == page => Outcome.GuestInstructionAbort,
            0x24 or 0x25 => new Outcome(OutcomeKind.GuestDataAbort),
            _ => Outcome.Unforeseen($"guest exception EC 0x{exceptionClass:x2}, FSC 0x{faultStatus:x2}, ELR 0x{elr:x}"),
        };
    }

    private static StageTwoDescriptor? Descriptor(Stage2Result? read)
    {
        if (read is not { Errno: 0 })
            return null;
        var descriptor = GuestRun.Found(read);
        return read.Valid == true
            ? descriptor
            : throw new UnreadableObservationException(
                $"the access went through, but stage 2 holds no leaf: {descriptor}"
            );
    }

    /// <summary>
    /// Where the page of the access is and where the process has it, if these differ; null if they don't, or it is
    /// not known.
    /// </summary>
    private (ulong Guest, ulong Process)? Elsewhere(StageTwoDescriptor descriptor, AccessResults results)
    {
        if (results.Frame is not { } frame)
            return null;
        ulong guest = descriptor.PageAddress(results.Accessed, decoding.PageSize);
        ulong process = (frame * decoding.PageSize) & StageTwoDescriptor.AddressBits(decoding.PageSize);
        return guest == process ? null : (guest, process);
    }

    /// <summary>
    /// The leaf that the access's last mapping call requested. A permission fault is traced as a relaxation, which
    /// only contains the added permissions, and without a fault there is no event: both give null.
    /// </summary>
    /// <param name="size">Of the slot.</param>
    /// <param name="results">Of the access.</param>
    /// <param name="odd">0, or the size of a mapping that is neither a page nor a block.</param>
    private Leaf? Traced(ulong size, AccessResults results, out ulong odd)
    {
        odd = 0;
        if (results.Trace is not { Errno: 0, Available: true, Lost: 0, Events: { } events } || decoding.Prot is null)
            return null;
        Leaf? leaf = null;
        foreach (var e in events)
        {
            if (e.Addr is not { } address || address - results.Page >= size)
                continue;
            leaf = null;
            if (
                !e.Name.EndsWith("stage2_map", StringComparison.Ordinal)
                || e is not { Size: { } mapped, Prot: { } prot }
            )
                continue;
            odd = mapped == decoding.PageSize || mapped == decoding.Sizes.Block ? 0 : mapped;
            leaf = decoding.Prot.Decode(prot) with { Block = mapped == decoding.Sizes.Block };
        }
        return leaf;
    }
}
