using Harness.Cases;
using Harness.Model;
using Harness.Model.Tags;
using Harness.Protocol;

namespace Harness.Runs.Judging;

/// <summary>Decodes the acts of a case about memory tags.</summary>
internal sealed class TagReader(Decoding decoding)
{
    private const ulong Granule = 16; // MTE_GRANULE_SIZE
    private const int TagShift = 56; // of LDG's result

    /// <summary>What each act did.</summary>
    /// <exception cref="UnreadableObservationException">The observation ends before the case does.</exception>
    public IReadOnlyList<TagPart> Read(CompiledCase compiled, Observation observation)
    {
        var c = (TagCase)compiled.Case;
        var parts = new List<TagPart>();
        for (int i = 0; i < compiled.TagActs.Count; i++)
        {
            var part = new TagPart(c.Acts[i].Name);
            var steps = compiled.TagActs[i];
            parts.Add(
                steps.Call is { } call ? part with { Errno = ChangeReader.ErrnoOf([call], observation) }
                : steps.Copy is { } copy ? OfCopy(part, observation.Find(copy) ?? throw Ended(part))
                : steps.Log is { } log ? OfLog(part, observation.Find(log) ?? throw Ended(part))
                : OfGuest(c.Acts[i], part, steps, observation)
            );
            if (steps.Run is { } ran && GuestRun.TimedOut(observation.Find(ran)!)) // the vCPU is not run again
                break;
        }
        return parts;
    }

    private static TagPart OfLog(TagPart part, DirtyLogResult log) =>
        log.Errno != 0
            ? part with
            {
                Errno = (Errno)log.Errno,
            }
            : part with
            {
                Dirty = (log.Pages ?? throw Ended(part)).Aggregate(0, (bits, page) => bits | 1 << page),
            };

    private TagPart OfCopy(TagPart part, CopyTagsResult copy)
    {
        if (copy.Errno != 0)
            return part with { Errno = (Errno)copy.Errno };
        ulong bytes = copy.Bytes ?? throw Ended(part);
        if (bytes % decoding.PageSize != 0)
            return part with { Odd = $"tags of {bytes} bytes, which are no whole pages" };
        part = part with { Pages = (int)(bytes / decoding.PageSize) };
        if (copy.Tags is not { } runs)
            return part;
        byte[] tags = [.. runs.SelectMany(r => Enumerable.Repeat(r.Tag, r.Count))];
        int ofPage = (int)(decoding.PageSize / Granule);
        if (tags.Length != part.Pages * ofPage)
            throw new UnreadableObservationException($"{part.Act} has {tags.Length} tags of {bytes} bytes");
        var pages = new List<PageTags>();
        for (int at = 0; at < tags.Length; at += ofPage)
        {
            var front = tags[(at + 1)..(at + ofPage / 2)];
            var back = tags[(at + ofPage / 2)..(at + ofPage)];
            if (front.Distinct().Count() > 1 || back.Distinct().Count() > 1)
                return part with { Odd = $"tags {string.Join(' ', runs.Select(r => $"{r.Tag}x{r.Count}"))}" };
            pages.Add(new PageTags(tags[at], front[0], back[0]));
        }
        return part with { One = pages.Count > 0 ? pages[0] : null, Two = pages.Count > 1 ? pages[1] : null };
    }

    private static TagPart OfGuest(TagAct act, TagPart part, CompiledTags steps, Observation observation)
    {
        var run = observation.Find(steps.Run!.Value) ?? throw Ended(part);
        if (GuestRun.TimedOut(run))
            return part with { Odd = Outcome.Stalls.ToString() };
        if (run.Errno != 0)
            return part with { Errno = (Errno)run.Errno };
        if (run.Exit != GuestRun.ExitMmio || run.Address != CaseLayout.ReportAddress || run.Write != true)
            return part with { Odd = $"KVM exit reason {run.Exit}{(run.Address is { } at ? $" at 0x{at:x}" : "")}" };
        ulong report = run.Data ?? throw Ended(part);
        if ((report & ~GuestRun.StatusMask) != (ulong)steps.Report)
            throw new UnreadableObservationException($"the guest reported 0x{report:x} for {part.Act}");
        var registers = observation.Find(steps.Registers!.Value) ?? throw Ended(part);
        return (report & GuestRun.StatusMask) != GuestRun.Finished
                ? part with
                {
                    Odd = $"an exception in the guest, ESR_EL1 0x{registers[GuestRegister.X10]:x8}",
                }
            : act.Verb == TagVerb.Load ? part with { Tag = (byte)(registers[GuestRegister.X17] >> TagShift) }
            : part;
    }

    private static UnreadableObservationException Ended(TagPart part) => new($"the observation ends before {part.Act}");
}
