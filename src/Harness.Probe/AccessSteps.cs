using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Steps that access a page from this process, or from the kernel on its behalf.</summary>
internal sealed unsafe class AccessSteps(Variables variables)
{
    public TouchResult Touch(TouchStep step)
    {
        int errno = TouchingCode.Touch(WordAt(step.Map, step.Offset), step.Store, out var touched);
        return errno != 0 ? new TouchResult { Errno = errno }
            : touched.Signal == 0 ? new TouchResult(touched.Value)
            : new TouchResult(null, touched.Signal, touched.Code, touched.Address);
    }

    public LineResult Line(LineStep step)
    {
        int errno = LineCode.Do(WordAt(step.Map, step.Offset), step.Act, step.Word, out uint value);
        return errno != 0 ? new LineResult { Errno = errno } : new LineResult(step.Act == LineAct.Load ? value : null);
    }

    public CopyResult Copy(CopyStep step)
    {
        uint* at = WordAt(step.Map, step.Offset);
        int* ends = stackalloc int[2];
        if (Posix.pipe2(ends, O_CLOEXEC) != 0)
            return new CopyResult { Errno = Libc.Error() };
        uint value = 0;
        int errno = Libc.write(ends[1], at, sizeof(uint)) < 0 ? Libc.Error() : 0;
        if (errno == 0 && Libc.read(ends[0], &value, sizeof(uint)) < 0)
            errno = Libc.Error();
        Libc.close(ends[0]);
        Libc.close(ends[1]);
        return errno == 0 ? new CopyResult(value) : new CopyResult { Errno = errno };
    }

    public PeekResult Peek(PeekStep step)
    {
        uint* at = WordAt(step.Map, step.Offset);
        int fd = Paths.Open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return new PeekResult { Errno = -fd };
        int errno = FileSteps.ReadWord(fd, (long)at, out uint? value, out long? count);
        Libc.close(fd);
        return new PeekResult(value, count) { Errno = errno };
    }

    /// <summary>
    /// The address of a word that may be unmapped or raise a signal: this process must not dereference the pointer.
    /// </summary>
    private uint* WordAt(string name, ulong offset)
    {
        var map = variables.Mapped(name);
        return offset % sizeof(uint) == 0 && offset < map.Size && map.Size - offset >= sizeof(uint)
            ? (uint*)(map.Address + offset)
            : throw new ProtocolException($"there is no word at {offset} inside the {map.Size} bytes of the mapping");
    }
}
