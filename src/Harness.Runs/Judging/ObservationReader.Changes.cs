using Harness.Cases;
using Harness.Model;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>What userspace did between the first access and the second.</summary>
public sealed partial class ObservationReader
{
    /// <param name="c">The case.</param>
    /// <param name="steps">From the first guest run up to the next.</param>
    private ObservedChange ReadChange(Case c, IReadOnlyList<StepResult> steps)
    {
        // What belongs to the access ends with its registers.
        int at = 0;
        while (at < steps.Count && steps[at] is not GetRegistersResult)
            at++;
        int errno = 0;
        foreach (string op in CaseCompiler.Changes(c))
        {
            do
                at++;
            while (at < steps.Count && steps[at].Op != op);
            if (at >= steps.Count)
                throw new UnreadableObservationException($"the observation holds no {op} where userspace's change has one");
            errno = errno == 0 ? steps[at].Errno : errno;
        }
        var left = Left([.. steps.Skip(at)], out var descriptor);
        return new ObservedChange(c.Change!, (Errno)errno, left, descriptor);
    }

    private Outcome? Left(IReadOnlyList<StepResult> steps, out StageTwoDescriptor? descriptor)
    {
        descriptor = null;
        if (steps.OfType<Stage2Result>().FirstOrDefault(s => s.Errno == 0) is not { } read)
            return null;
        if (read.Valid != true)
            return Outcome.Unmapped;
        var found = Found(read);
        descriptor = found;
        return found.Type(decoding.Fwb) is not { } type
            ? Outcome.Unforeseen($"mapped with MemAttr 0b{found.MemAttr:b4}, which is no KVM encoding")
            : Outcome.Mapped(new Leaf(type, found.Write, found.Execute, found.Level == BlockLevel));
    }
}
