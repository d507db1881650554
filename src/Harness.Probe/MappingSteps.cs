using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Probe.Providers;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Steps on memory of this process, including changes while a slot lies over it.</summary>
internal sealed unsafe class MappingSteps(Variables variables)
{
    public MapResult Map(MapStep step)
    {
        if (step.As is { } name)
            variables.CheckFree(name);
        if ((step.Align & (step.Align - 1)) != 0)
            throw new ProtocolException($"'align' is not a power of two: {step.Align}");
        int fd = -1;
        ulong offset = step.FileOffset;
        if (step.Fd is { } of)
        {
            var region = variables.Get(of) as FileRegion;
            fd = region?.Descriptor ?? variables.File(of);
            offset += region?.Offset ?? 0;
        }
        var map =
            step.Over is null ? Made(step, fd, offset, out int errno)
            : step.As is null ? Part(step, fd, offset, out errno)
            : Replaced(step, step.Over, fd, offset, out errno);
        return map is null ? new MapResult { Errno = errno } : new MapResult((ulong)map.Address + step.OverOffset);
    }

    private Mapping? Made(MapStep step, int fd, ulong offset, out int errno)
    {
        string name = step.As ?? throw new ProtocolException("a mapping needs 'as' or 'over'");
        if (step.OverOffset != 0)
            throw new ProtocolException("'overOffset' needs 'over'");
        var map = Mapping.Make(fd, step.Size, step.Write, step.Shared, step.Align, out errno, offset);
        if (map is not null)
            variables.Add(name, map);
        return map;
    }

    private Mapping? Part(MapStep step, int fd, ulong offset, out int errno)
    {
        var map = variables.Mapped(step.Over!, step.OverOffset, step.Size);
        errno = map.ReplacePart(step.OverOffset, fd, step.Size, step.Write, step.Shared, offset);
        return errno == 0 ? map : null;
    }

    private Mapping? Replaced(MapStep step, string over, int fd, ulong offset, out int errno)
    {
        var old = variables.Mapped(over);
        if (old.Size != step.Size || step.Align != 0 || step.OverOffset != 0)
            throw new ProtocolException(
                $"'{over}' has {old.Size} bytes and its own alignment, not {step.Size} at {step.Align}"
            );
        var map = old.Replace(fd, step.Write, step.Shared, out errno, offset);
        if (map is null)
            return null;
        variables.Take(over);
        variables.Add(step.As!, map);
        return map;
    }

    public HoleResult Hole(HoleStep step) =>
        new()
        {
            Errno =
                step.Size is { } size ? variables.Mapped(step.Map, step.Offset, size).VacatePart(step.Offset, size)
                : step.Offset == 0 ? variables.Get<Mapping>(step.Map).Vacate()
                : throw new ProtocolException("'offset' needs 'size'"),
        };

    public MoveResult Move(MoveStep step)
    {
        variables.CheckFree(step.As);
        var moved = variables.Mapped(step.Map).Move(out int errno);
        if (moved is null)
            return new MoveResult { Errno = errno };
        variables.Add(step.As, moved);
        return new MoveResult((ulong)moved.Address);
    }

    public ProtectResult Protect(ProtectStep step)
    {
        var at = Part(step.Map, step.Offset, step.Size, out nuint size);
        int protection = (step.Read ? PROT_READ : PROT_NONE) | (step.Write ? PROT_WRITE : PROT_NONE);
        return new ProtectResult { Errno = Libc.mprotect(at, size, protection) == 0 ? 0 : Libc.Error() };
    }

    public UnmapResult Unmap(UnmapStep step) => new() { Errno = variables.Get<Mapping>(step.Map).Unmap() };

    public WordsResult Words(WordsStep step)
    {
        var map = variables.Get<Mapping>(step.Map);
        if (
            step.Offset % sizeof(uint) != 0
            || step.Offset > map.Size
            || (ulong)step.Words.Count * sizeof(uint) > map.Size - step.Offset
        )
            throw new ProtocolException(
                $"{step.Words.Count} words at {step.Offset} are not inside the {map.Size} bytes of the mapping"
            );
        var target = (uint*)(map.Address + step.Offset);
        for (int i = 0; i < step.Words.Count; i++)
            target[i] = step.Words[i];
        return new WordsResult();
    }

    public AdviseResult Advise(AdviseStep step)
    {
        var at = Part(step.Map, step.Offset, step.Size, out nuint size);
        if (step.Advice == MADV_FREE)
            LruLists.Drain();
        int errno = Errno(Posix.madvise(at, size, step.Advice));
        // Pages that are in use for a moment, or wait to be added to a list, can't be collapsed yet.
        for (int i = 0; i < CollapseTimes && step.Advice == MADV_COLLAPSE && errno is EAGAIN or EBUSY; i++)
        {
            Thread.Sleep(CollapseWait);
            errno = Errno(Posix.madvise(at, size, step.Advice));
        }
        return new AdviseResult { Errno = errno };
    }

    private const int MADV_FREE = 8,
        MADV_COLLAPSE = 25,
        CollapseTimes = 20;

    private static readonly TimeSpan CollapseWait = TimeSpan.FromMilliseconds(10);

    private static int Errno(int result) => result == 0 ? 0 : Libc.Error();

    /// <summary>A part of a mapping, or all from an offset on.</summary>
    private byte* Part(string name, ulong offset, ulong? size, out nuint length)
    {
        var map = variables.Mapped(name);
        length = (nuint)(size ?? map.Size - Math.Min(offset, map.Size));
        return variables.Mapped(name, offset, length).Address + offset;
    }

    public LockResult Lock(LockStep step)
    {
        var map = variables.Mapped(step.Map);
        return new LockResult { Errno = Errno(Posix.mlock(map.Address, (nuint)map.Size)) };
    }

    public UserFaultResult UserFaults(UserFaultStep step)
    {
        variables.CheckFree(step.As);
        var map = variables.Mapped(step.Map);
        var handler = UserFaultHandler.Watch(map, step.Faults, step.Word, out int errno);
        if (handler is not null)
            variables.Add(step.As, handler);
        return new UserFaultResult { Errno = errno };
    }

    public ForkResult Fork(ForkStep step)
    {
        variables.CheckFree(step.As);
        var child = ForkedChild.Fork(out int errno);
        if (child is not null)
            variables.Add(step.As, child);
        return new ForkResult { Errno = errno };
    }

    public HugeMappedResult HugeMapped(HugeMappedStep step)
    {
        var map = variables.Get<Mapping>(step.Map);
        if (MemoryAreas.Read((ulong)map.Address, map.Size, out int errno) is not { HugeBytes: var size })
            return new HugeMappedResult { Errno = errno };
        return new HugeMappedResult(size) { Errno = size >= map.Size ? 0 : ProviderConstants.ENOMEM };
    }

    public PagedOutResult PageOut(PagedOutStep step)
    {
        var at = Part(step.Map, step.Offset, step.Size, out nuint size);
        return new PagedOutResult { Errno = PagedOut.Repeat(at, size) };
    }

    public MergeResult Merge(MergeStep step)
    {
        variables.CheckFree(step.As);
        var at = Part(step.Map, step.Offset, (ulong)Libc.getpagesize(), out _);
        var copy = MergedPage.Of(at, out int errno);
        if (copy is not null)
            variables.Add(step.As, copy);
        return new MergeResult { Errno = errno };
    }

    public PoisonResult Poison(PoisonStep step)
    {
        variables.CheckFree(step.As);
        var at = Part(step.Map, step.Offset, (ulong)Libc.getpagesize(), out _);
        var page = PoisonedPage.Of(at, step.Soft, out int errno);
        if (page is not null)
            variables.AddLast(step.As, page);
        return new PoisonResult { Errno = errno };
    }

    public FrameResult Frame(FrameStep step)
    {
        var map = variables.Get<Mapping>(step.Map);
        if (step.Offset >= map.Size)
            throw new ProtocolException($"{step.Offset} is not inside the {map.Size} bytes of the mapping");
        return PageMap.Entry((byte*)map.Address + step.Offset, out int errno) is { } entry
            ? new FrameResult(entry)
            : new FrameResult { Errno = errno };
    }
}
