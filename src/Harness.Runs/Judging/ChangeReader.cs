using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes what userspace did between the first access and the second.</summary>
internal sealed class ChangeReader(Decoding decoding)
{
    private const int BlockLevel = 2;

    /// <summary>What a change returned, and what maps the page after it.</summary>
    /// <param name="change">The change.</param>
    /// <param name="compiled">Its steps.</param>
    /// <param name="observation">The results.</param>
    /// <exception cref="UnreadableObservationException">It was not made.</exception>
    public ObservedChange Read(LiveChange change, CompiledChange compiled, Observation observation)
    {
        var left = Left(decoding, compiled.Descriptor is { } step ? observation.Find(step) : null, out var descriptor);
        return new ObservedChange(change, ErrnoOf(compiled.Calls, observation), left, descriptor);
    }

    /// <summary>What the first failing call returned.</summary>
    /// <exception cref="UnreadableObservationException">A call was not made.</exception>
    public static Errno ErrnoOf(IReadOnlyList<StepHandle> calls, Observation observation)
    {
        foreach (var call in calls)
        {
            var result = observation.Find(call)
                ?? throw new UnreadableObservationException(
                    $"the observation ends before userspace's change, step {call.Index}"
                );
            if (result.Errno != 0)
                return (Errno)result.Errno;
        }
        return Errno.None;
    }

    /// <summary>What maps a page; null if that was not read.</summary>
    public static Outcome? Left(Decoding decoding, Stage2Result? read, out StageTwoDescriptor? descriptor)
    {
        descriptor = null;
        if (read is not { Errno: 0 })
            return null;
        if (read.Valid != true)
            return Outcome.Unmapped;
        var found = GuestRun.Found(read);
        descriptor = found;
        return found.Type(decoding.Fwb) is not { } type
            ? Outcome.Unforeseen($"mapped with MemAttr 0b{found.MemAttr:b4}, which is no KVM encoding")
            : Outcome.Mapped(new Leaf(type, found.Write, found.Execute, found.Level == BlockLevel));
    }
}
