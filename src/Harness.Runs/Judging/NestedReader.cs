using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes the acts of a case about nested guests.</summary>
internal sealed class NestedReader(Decoding decoding)
{
    private const int Enodata = 61;
    private const byte ClassHvc = 0x16; // ESR_EL2.EC, Arm ARM D24.2.40
    private const byte FirstAborts = 0x20;
    private const byte LastAborts = 0x25;
    private const int BlockLevel = 2;

    // Bits 43:4 of HPFAR_EL2 are bits 51:12 of the address.
    private const ulong FaultingPage = 0xff_ffff_ffff;
    private const ulong PageMask = 0xfff;

    /// <summary>What each act did, and the shadow's descriptors that were read after it.</summary>
    /// <param name="compiled">The case, as compiled for the host.</param>
    /// <param name="observation">The results.</param>
    /// <exception cref="UnreadableObservationException">The observation ends before the case does.</exception>
    public (IReadOnlyList<NestedPart> Acts, IReadOnlyList<ReadDescriptor> Descriptors) Read(
        CompiledCase compiled,
        Observation observation
    )
    {
        var c = (NestedCase)compiled.Case;
        var parts = new List<NestedPart>();
        var descriptors = new List<ReadDescriptor>();
        for (int i = 0; i < compiled.NestedActs.Count; i++)
        {
            var steps = compiled.NestedActs[i];
            var part = new NestedPart(c.Acts[i].Name);
            bool stalls = false;
            part = steps.Run is { } run
                ? Of(c.Acts[i], part, run, observation, out stalls)
                : part with
                {
                    Errno = ChangeReader.ErrnoOf(steps.Calls, observation),
                };
            if (steps.Shadow is { } read && observation.Find(read) is { } shadow)
            {
                part = part with { Shadow = Leaf(shadow, out var descriptor) };
                if (descriptor is { } found)
                    descriptors.Add(new ReadDescriptor($"{i + 1} {part.Act}", found));
            }
            parts.Add(part);
            if (stalls) // the vCPU is not run again
                break;
        }
        return (parts, descriptors);
    }

    /// <summary>Null if it could not be read.</summary>
    private ShadowLeaf? Leaf(Stage2Result read, out StageTwoDescriptor? descriptor)
    {
        descriptor = null;
        // No guest hypervisor's stage 2 has been used yet.
        if (read.Errno == Enodata)
            return ShadowLeaf.Absent;
        if (read.Errno != 0)
            return null;
        if (read.Valid != true)
            return ShadowLeaf.Absent;
        var found = GuestRun.Found(read);
        descriptor = found;
        return new ShadowLeaf(
            true,
            found.Type(decoding.Fwb)
                ?? throw new UnreadableObservationException(
                    $"the shadow has MemAttr 0b{found.MemAttr:b4}, which is no KVM encoding"
                ),
            found.Read,
            found.Write,
            found.Execute,
            found.Level == BlockLevel
        );
    }

    private static NestedPart Of(
        NestedAct act,
        NestedPart part,
        CompiledNestedRun steps,
        Observation observation,
        out bool stalls
    )
    {
        var run = observation.Find(steps.Run) ?? throw Ended(part);
        var answer = observation.Find(steps.Answer) ?? throw Ended(part);
        stalls = GuestRun.TimedOut(run) || GuestRun.TimedOut(answer);
        if (stalls)
            return part with { Odd = Outcome.Stalls.ToString() };
        if (run.Errno != 0)
            return part with { Errno = (Errno)run.Errno };
        if (!answer.Answered)
            return End(act, part, steps, run.Exit, run.Address, run.Data, observation);
        if (run.Exit != GuestRun.ExitMmio)
            return part with { Odd = $"KVM exit reason {run.Exit}" };
        var request = GuestRun.MmioOf(run);
        part = part with
        {
            Exit = request with { Address = request.Address - steps.Memory, Data = request.Write ? request.Data : 0 },
        };
        return answer.Errno != 0
            ? part with
            {
                Odd = $"{answer.Call} fails with {(Errno)answer.Errno}",
            }
            : End(act, part, steps, answer.Exit, answer.Address, answer.Data, observation);
    }

    /// <summary>The guest hypervisor's report, or what else its last run ended with.</summary>
    private static NestedPart End(
        NestedAct act,
        NestedPart part,
        CompiledNestedRun steps,
        uint? exit,
        ulong? address,
        ulong? data,
        Observation observation
    )
    {
        if (exit != GuestRun.ExitMmio || address != CaseLayout.ReportAddress || data is not { } report)
            return part with
            {
                Odd =
                    exit == GuestRun.ExitMmio && address is { } at
                        ? $"KVM_EXIT_MMIO, {(long)(at - steps.Memory)} bytes from the page"
                        : $"KVM exit reason {exit}",
            };
        if ((report & ~GuestRun.StatusMask) != (ulong)steps.Report)
            throw new UnreadableObservationException($"the guest reported 0x{report:x} for {part.Act}");
        var registers = observation.Find(steps.Registers) ?? throw Ended(part);
        bool excepted = (report & GuestRun.StatusMask) == GuestRun.Excepted;
        if (act.Access is null)
            return excepted ? part with { Odd = At("the guest hypervisor took an exception", registers) } : part;
        if (!excepted)
            throw new UnreadableObservationException($"the guest reported 0x{report:x} for {part.Act}");
        return Excepted(act, part, steps, registers);
    }

    private static NestedPart Excepted(
        NestedAct act,
        NestedPart part,
        CompiledNestedRun steps,
        GetRegistersResult registers
    )
    {
        uint esr = (uint)registers[GuestRegister.X10];
        byte type = (byte)(esr >> 26);
        ushort immediate = (ushort)esr;
        if (type == ClassHvc && immediate == NestedGuest.Done)
            return act.Access == Access.Read ? part with { Value = registers[GuestRegister.X0] } : part;
        if (type == ClassHvc && immediate == NestedGuest.Excepted)
            return Own(act, part, steps, registers);
        return type is HypervisorFault.FetchClass or HypervisorFault.DataClass
            ? part with
            {
                Hypervisor = new HypervisorFault(
                    type,
                    (byte)(esr & 0x3f),
                    (long)((((registers[GuestRegister.X17] >> 4) & FaultingPage) << 12) - (steps.Address & ~PageMask))
                ),
            }
            : part with
            {
                Odd = At("the nested guest was left", registers),
            };
    }

    /// <summary>The nested guest's own exception: UDF is what is in every page.</summary>
    private static NestedPart Own(NestedAct act, NestedPart part, CompiledNestedRun steps, GetRegistersResult registers)
    {
        uint esr = (uint)registers[GuestRegister.X19];
        byte type = (byte)(esr >> 26);
        if (type == 0 && act.Access == Access.Execute && registers[GuestRegister.X21] == steps.Address)
            return part;
        return type is < FirstAborts or > LastAborts
            ? part with
            {
                Odd = $"the nested guest took an exception of class 0x{type:x2}",
            }
            : part with
            {
                Fault = new GuestFault(type, (byte)(esr & 0x3f), (long)(registers[GuestRegister.X20] - steps.Address)),
            };
    }

    private static string At(string what, GetRegistersResult registers) =>
        $"{what} of class 0x{(uint)registers[GuestRegister.X10] >> 26:x2} by the vector 0x{registers[GuestRegister.X13]:x3}";

    private static UnreadableObservationException Ended(NestedPart part) =>
        new($"the observation ends before {part.Act}");
}
