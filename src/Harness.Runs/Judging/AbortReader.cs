using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Outcomes;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes the acts of a case about aborts.</summary>
internal sealed class AbortReader(Decoding decoding)
{
    private const uint ExitNoSyndrome = 28; // KVM_EXIT_ARM_NISV
    private const uint FirstAborts = 0x20; // EC of an instruction abort, Arm ARM D24.2.40
    private const uint LastAborts = 0x25;
    private const ulong Synchronous = 0x180; // of a vector's offset: Arm ARM D1.3.1.5

    /// <summary>What each act did, and the descriptors that were read after it.</summary>
    /// <param name="compiled">The case, as compiled for the host.</param>
    /// <param name="observation">The results.</param>
    /// <exception cref="UnreadableObservationException">The observation ends before the case does.</exception>
    public (IReadOnlyList<AbortPart> Acts, IReadOnlyList<ReadDescriptor> Descriptors) Read(
        CompiledCase compiled,
        Observation observation
    )
    {
        var c = (AbortCase)compiled.Case;
        var parts = new List<AbortPart>();
        var descriptors = new List<ReadDescriptor>();
        for (int i = 0; i < compiled.AbortActs.Count; i++)
        {
            var part = new AbortPart(c.Acts[i].Name);
            var steps = compiled.AbortActs[i];
            if (steps.Call is { } call)
            {
                parts.Add(part with { Errno = ChangeReader.ErrnoOf([call], observation) });
                continue;
            }
            part = Of(c.Acts[i].Instruction!.Value, part, steps.Act!, observation, out bool stalls);
            StageTwoDescriptor? descriptor = null;
            if (steps.Act!.Descriptor is { } read)
                part = part with { Left = ChangeReader.Left(decoding, observation.Find(read), out descriptor) };
            if (descriptor is { } found)
                descriptors.Add(new ReadDescriptor($"{i + 1} {part.Act}", found));
            parts.Add(part);
            if (stalls) // the vCPU is not run again
                break;
        }
        return (parts, descriptors);
    }

    private static AbortPart Of(
        AbortInstruction instruction,
        AbortPart part,
        CompiledAbortAct act,
        Observation observation,
        out bool stalls
    )
    {
        var run = observation.Find(act.Run) ?? throw Ended(part);
        var answer = observation.Find(act.Answer) ?? throw Ended(part);
        stalls = GuestRun.TimedOut(run) || answer.Timeout == true;
        if (stalls)
            return part with { Odd = Outcome.Stalls.ToString() };
        if (run.Errno != 0)
            return part with { Errno = (Errno)run.Errno };
        if (!answer.Answered)
            return End(instruction, part, act, run.Exit, run.Address, run.Write, run.Data, observation);
        part = run.Exit switch
        {
            GuestRun.ExitMmio => part with
            {
                Exit = GuestRun.MmioOf(run) is var request
                    ? request with
                    {
                        Address = request.Address - act.Address,
                        Data = request.Write ? request.Data : 0,
                    }
                    : null,
            },
            ExitNoSyndrome when run.Address is { } address => part with { NoSyndrome = (long)(address - act.Address) },
            _ => throw new UnreadableObservationException($"{part.Act} was answered, and had no exit to answer"),
        };
        return answer.Errno != 0
            ? part with
            {
                Odd = $"{answer.Call} fails with {(Errno)answer.Errno}",
            }
            : End(instruction, part, act, answer.Exit, answer.Address, answer.Write, answer.Data, observation);
    }

    /// <summary>The guest's report, or what else its last run ended with.</summary>
    private static AbortPart End(
        AbortInstruction instruction,
        AbortPart part,
        CompiledAbortAct act,
        uint? exit,
        ulong? address,
        bool? write,
        ulong? data,
        Observation observation
    )
    {
        if (exit != GuestRun.ExitMmio || address != CaseLayout.ReportAddress || write != true || data is not { } report)
            return part with
            {
                Odd =
                    exit == GuestRun.ExitMmio && address is { } at
                        ? $"KVM_EXIT_MMIO, {(long)(at - act.Address)} bytes from the address"
                        : $"KVM exit reason {exit}",
            };
        if ((report & ~GuestRun.StatusMask) != (ulong)act.Report)
            throw new UnreadableObservationException($"the guest reported 0x{report:x} for {part.Act}");
        var registers = observation.Find(act.Registers) ?? throw Ended(part);
        if ((report & GuestRun.StatusMask) == GuestRun.Finished)
            return part with { Value = instruction.Loads() ? registers[GuestRegister.X0] : null };
        return Excepted(instruction, part, act, registers);
    }

    private static AbortPart Excepted(
        AbortInstruction instruction,
        AbortPart part,
        CompiledAbortAct act,
        GetRegistersResult registers
    )
    {
        uint esr = (uint)registers[GuestRegister.X10];
        uint type = esr >> 26;
        // A page of zeroes that was fetched from is UDF #0.
        if (type == 0 && instruction == AbortInstruction.Fetch && registers[GuestRegister.X12] == act.Address)
            return part;
        return (registers[GuestRegister.X13] & Synchronous) != 0 || type is < FirstAborts or > LastAborts
            ? part with
            {
                Odd =
                    $"the guest took an exception of class 0x{type:x2} by the vector 0x{registers[GuestRegister.X13]:x3}",
            }
            : part with
            {
                Fault = new GuestFault(
                    (byte)type,
                    (byte)(esr & 0x3f),
                    (long)(registers[GuestRegister.X11] - act.Address)
                ),
            };
    }

    private static UnreadableObservationException Ended(AbortPart part) =>
        new($"the observation ends before {part.Act}");
}
