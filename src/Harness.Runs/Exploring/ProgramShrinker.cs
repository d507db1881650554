using Harness.Model;
using Harness.Model.Programs;

namespace Harness.Runs.Exploring;

/// <summary>Makes a program smaller as long as it still shows what it is to show.</summary>
/// <param name="shows">Whether a program shows it: run on new VMs.</param>
public sealed class ProgramShrinker(Func<ProgramCase, Task<bool>> shows)
{
    /// <summary>A program that takes longer to shrink is left as it is by then.</summary>
    private const int MostRuns = 200;

    private int _runs;

    /// <summary>
    /// Steps are left out, half of them first and then fewer, down to single ones; then each access becomes a simpler
    /// one, one of the first vCPU, or one to the first page, and the slot and its memory lose what is not needed.
    /// </summary>
    public async Task<ProgramCase> ShrinkAsync(ProgramCase program)
    {
        var least = program;
        for (bool again = true; again && _runs < MostRuns; )
        {
            again = false;
            await foreach (var smaller in Smaller(() => least))
            {
                least = smaller;
                again = true;
            }
        }
        return least;
    }

    private async IAsyncEnumerable<ProgramCase> Smaller(Func<ProgramCase> now)
    {
        for (int size = Math.Max(1, now().Steps.Count / 2); size > 0; size /= 2)
        for (int at = now().Steps.Count - size; at >= 0; at -= size)
            if (at + size <= now().Steps.Count && await ShowsAsync(Without(now(), at, size)).ConfigureAwait(false))
                yield return Without(now(), at, size);
        for (int at = 0; at < now().Steps.Count; at++)
            foreach (var step in Simpler(now().Steps[at]))
                if (await ShowsAsync(With(now(), at, step)).ConfigureAwait(false))
                {
                    yield return With(now(), at, step);
                    break;
                }
        if (now().Tracking != default && await ShowsAsync(now() with { Tracking = default }).ConfigureAwait(false))
            yield return now() with
            {
                Tracking = default,
            };
        if (
            now().Others != OtherSlots.None
            && await ShowsAsync(now() with { Others = OtherSlots.None }).ConfigureAwait(false)
        )
            yield return now() with
            {
                Others = OtherSlots.None,
            };
        if (now().Second != SecondSlot.None && await ShowsAsync(InFirst(now())).ConfigureAwait(false))
            yield return InFirst(now());
        foreach (var setting in Simpler(now().Setting))
            if (await ShowsAsync(now() with { Setting = setting }).ConfigureAwait(false))
                yield return now() with
                {
                    Setting = setting,
                };
    }

    private async Task<bool> ShowsAsync(ProgramCase program) =>
        program.Steps.Count > 0
        && program.UnsupportedReason is null
        && ++_runs <= MostRuns
        && await shows(program).ConfigureAwait(false);

    /// <summary>The same in one slot.</summary>
    private static ProgramCase InFirst(ProgramCase program) =>
        program with
        {
            Second = SecondSlot.None,
            Steps = new ProgramSteps([.. program.Steps.Span.ToArray().Select(InFirst)]),
        };

    private static ProgramStep InFirst(ProgramStep step) =>
        step switch
        {
            SlotAccess access => access with { Page = access.Page.In(alias: false) },
            AtOnce both => new AtOnce(InFirst(both.First), (SlotAccess)InFirst(both.Second)),
            _ => step with { Alias = false },
        };

    private static ProgramCase Without(ProgramCase program, int at, int count) =>
        program with
        {
            Steps = new ProgramSteps([.. program.Steps.Span[..at], .. program.Steps.Span[(at + count)..]]),
        };

    private static ProgramCase With(ProgramCase program, int at, ProgramStep step)
    {
        ProgramStep[] steps = [.. program.Steps.Span];
        steps[at] = step;
        return program with { Steps = new ProgramSteps(steps) };
    }

    private static IEnumerable<ProgramStep> Simpler(ProgramStep step)
    {
        if (step is AtOnce both)
        {
            yield return both.First;
            yield return both.Second with
            {
                Vcpu = 1,
            };
            foreach (var first in Simpler(both.First))
                yield return both with
                {
                    First = first,
                };
            foreach (var second in Simpler(both.Second))
                yield return both with
                {
                    Second = (SlotAccess)second,
                };
        }
        if (step.Vcpu != 0)
            yield return step with
            {
                Vcpu = 0,
            };
        if (step is HostStep { Page: SlotPage.Next or SlotPage.Last } act)
            yield return act with
            {
                Page = SlotPage.First,
            };
        if (step is not SlotAccess access)
            yield break;
        var plain = access.Access.Stores() ? Access.Write : Access.Read;
        if (access.Access is not (Access.Read or Access.Write or Access.Execute))
            yield return access with
            {
                Access = plain,
            };
        if (access.Page.IsAlias())
            yield return access with
            {
                Page = access.Page.In(alias: false),
            };
        if (access.Page.In(alias: false) != SlotPage.First)
            yield return access with
            {
                Page = SlotPage.First.In(access.Page.IsAlias()),
            };
    }

    private static IEnumerable<AccessCase> Simpler(AccessCase setting)
    {
        if (setting.Slot != SlotFlags.None)
            yield return setting with
            {
                Slot = SlotFlags.None,
            };
        if (setting.Restored)
            yield return setting with
            {
                Restored = false,
            };
        if (setting.Extent > Extent.Misaligned)
            yield return setting with
            {
                Extent = Extent.Block,
            };
    }
}
