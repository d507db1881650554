using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Probe.Providers;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Steps on file descriptors and their content.</summary>
internal sealed unsafe partial class Interpreter
{
    private OpenResult Open(OpenStep step)
    {
        _variables.CheckFree(step.As);
        return new OpenResult
        {
            Errno = Opened(step.As, Paths.Open(step.Path, O_CLOEXEC | (step.Writable ? O_RDWR : O_RDONLY))),
        };
    }

    private MemfdResult Memfd(MemfdStep step)
    {
        _variables.CheckFree(step.As);
        int fd = Paths.Memfd(
            step.As,
            MFD_CLOEXEC
                | (step.Huge ? ProviderConstants.MFD_HUGETLB | ProviderConstants.MFD_HUGE_2MB : 0)
                | (step.SealShrink ? ProviderConstants.MFD_ALLOW_SEALING : 0)
        );
        int errno = Sized(step.As, fd, step.Size);
        if (
            errno == 0
            && step.SealShrink
            && Posix.fcntl(fd, ProviderConstants.F_ADD_SEALS, ProviderConstants.F_SEAL_SHRINK) != 0
        )
            errno = Libc.Error();
        return new MemfdResult { Errno = errno };
    }

    private SecretmemResult Secretmem(SecretmemStep step)
    {
        _variables.CheckFree(step.As);
        return new SecretmemResult { Errno = Sized(step.As, Paths.MemfdSecret(), step.Size) };
    }

    private TemporaryFileResult TemporaryFile(TemporaryFileStep step)
    {
        _variables.CheckFree(step.As);
        return new TemporaryFileResult { Errno = Sized(step.As, TemporaryFiles.Open(step.Folder), step.Size) };
    }

    private ExportResult Export(ExportStep step) => new() { Errno = Exporter.Export(File(step.Fd), step) };

    private FallocateResult Fallocate(FallocateStep step) =>
        new()
        {
            Errno =
                Libc.fallocate(File(step.Fd), step.Mode, (long)step.Offset, (long)step.Size) == 0 ? 0 : Libc.Error(),
        };

    private TruncateResult Truncate(TruncateStep step) =>
        new() { Errno = Libc.ftruncate(File(step.Fd), (long)step.Size) == 0 ? 0 : Libc.Error() };

    private ReadFileResult ReadFile(ReadFileStep step)
    {
        int errno = ReadWord(File(step.Fd), 0, out uint? value, out long? count);
        return new ReadFileResult(value, count) { Errno = errno };
    }

    private WriteFileResult WriteFile(WriteFileStep step)
    {
        uint value = step.Value;
        nint put = Posix.pwrite(File(step.Fd), &value, sizeof(uint), 0);
        return put < 0 ? new WriteFileResult { Errno = Libc.Error() } : new WriteFileResult(put);
    }

    private CloseResult Close(CloseStep step)
    {
        if (_variables.Get(step.Name) is Mapping)
            throw new ProtocolException($"'{step.Name}' is a mapping: unmap it");
        var taken = _variables.Take(step.Name);
        if (taken is OpenFile file)
            return new CloseResult { Errno = file.Close() };
        taken.Dispose();
        return new CloseResult();
    }

    private CloseAllResult CloseAll()
    {
        _variables.CloseAll();
        return new CloseAllResult();
    }

    private int DescriptorOf(string name) =>
        _variables.Get(name) switch
        {
            OpenFile file => file.Descriptor,
            KernelObject kernel => kernel.Descriptor,
            _ => throw new ProtocolException($"'{name}' is no descriptor"),
        };

    /// <summary>Registers a new file and sets its size: 0, or the errno.</summary>
    private int Sized(string name, int fd, ulong size)
    {
        int errno = Opened(name, fd);
        return errno != 0 ? errno
            : Libc.ftruncate(fd, (long)size) == 0 ? 0
            : Libc.Error();
    }

    /// <summary>Reads four bytes of a file: the word, or how many bytes there were.</summary>
    private static int ReadWord(int fd, long offset, out uint? value, out long? count)
    {
        value = null;
        count = null;
        uint word = 0;
        nint got = Posix.pread(fd, &word, sizeof(uint), offset);
        if (got < 0)
            return Libc.Error();
        if (got == sizeof(uint))
            value = word;
        else
            count = got;
        return 0;
    }
}
