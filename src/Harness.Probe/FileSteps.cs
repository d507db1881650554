using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Probe.Providers;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Steps on file descriptors and their content.</summary>
internal sealed unsafe class FileSteps(Variables variables)
{
    public OpenResult Open(OpenStep step)
    {
        variables.CheckFree(step.As);
        return new OpenResult
        {
            Errno = variables.Opened(step.As, Paths.Open(step.Path, O_CLOEXEC | (step.Writable ? O_RDWR : O_RDONLY))),
        };
    }

    public MemfdResult Memfd(MemfdStep step)
    {
        variables.CheckFree(step.As);
        int fd = Paths.Memfd(
            step.As,
            MFD_CLOEXEC
                | (step.Huge ? ProviderConstants.MFD_HUGETLB | HugePagePool.Flag(step.HugeKiB) : 0)
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

    public SecretmemResult Secretmem(SecretmemStep step)
    {
        variables.CheckFree(step.As);
        return new SecretmemResult { Errno = Sized(step.As, Paths.MemfdSecret(), step.Size) };
    }

    public TemporaryFileResult TemporaryFile(TemporaryFileStep step)
    {
        variables.CheckFree(step.As);
        return new TemporaryFileResult { Errno = Sized(step.As, TemporaryFiles.Open(step.Folder), step.Size) };
    }

    public ExportResult Export(ExportStep step) =>
        new() { Errno = LargeBlocks.Retry(step.Size, () => Exporter.Export(variables.File(step.Fd), step)) };

    public HotplugResult Hotplug(HotplugStep step) =>
        new() { Errno = Exporter.Hotplug(variables.File(step.Fd), step.Added) };

    public FallocateResult Fallocate(FallocateStep step) =>
        new()
        {
            Errno =
                Libc.fallocate(variables.File(step.Fd), step.Mode, (long)step.Offset, (long)step.Size) == 0
                    ? 0
                    : Libc.Error(),
        };

    public TruncateResult Truncate(TruncateStep step) =>
        new() { Errno = Libc.ftruncate(variables.File(step.Fd), (long)step.Size) == 0 ? 0 : Libc.Error() };

    public ReadFileResult ReadFile(ReadFileStep step)
    {
        int errno = ReadWord(variables.File(step.Fd), 0, out uint? value, out long? count);
        return new ReadFileResult(value, count) { Errno = errno };
    }

    public WriteFileResult WriteFile(WriteFileStep step)
    {
        uint value = step.Value;
        nint put = Posix.pwrite(variables.File(step.Fd), &value, sizeof(uint), 0);
        return put < 0 ? new WriteFileResult { Errno = Libc.Error() } : new WriteFileResult(put);
    }

    public CloseResult Close(CloseStep step)
    {
        if (variables.Get(step.Name) is Mapping)
            throw new ProtocolException($"'{step.Name}' is a mapping: unmap it");
        var taken = variables.Take(step.Name);
        if (taken is OpenFile file)
            return new CloseResult { Errno = file.Close() };
        taken.Dispose();
        return new CloseResult();
    }

    public CloseAllResult CloseAll()
    {
        variables.CloseAll();
        return new CloseAllResult();
    }

    /// <summary>Registers a new file and sets its size: 0, or the errno.</summary>
    private int Sized(string name, int fd, ulong size)
    {
        int errno = variables.Opened(name, fd);
        return errno != 0 ? errno
            : Libc.ftruncate(fd, (long)size) == 0 ? 0
            : Libc.Error();
    }

    /// <summary>Reads four bytes of a file: the word, or how many bytes there were.</summary>
    internal static int ReadWord(int fd, long offset, out uint? value, out long? count)
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
