using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Native;

/// <summary>
/// userfaultfd(2) over a mapping, and a thread that serves its faults, until it is disposed of. What faults in the
/// kernel, as KVM's lookup does, waits for it, too.
/// </summary>
internal sealed unsafe class UserFaultHandler : IDisposable
{
    // linux/userfaultfd.h, _IOWR(0xaa, ...)
    private const nuint UFFDIO_API = 0xc018_aa3f,
        UFFDIO_REGISTER = 0xc020_aa00,
        UFFDIO_COPY = 0xc028_aa03,
        UFFDIO_WRITEPROTECT = 0xc018_aa06,
        UFFDIO_CONTINUE = 0xc020_aa07;

    private const ulong UFFD_API = 0xaa,
        UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1,
        UFFD_FEATURE_MINOR_SHMEM = 1 << 10,
        UFFDIO_REGISTER_MODE_MISSING = 1,
        UFFDIO_REGISTER_MODE_WP = 2,
        UFFDIO_REGISTER_MODE_MINOR = 4,
        UFFDIO_WRITEPROTECT_MODE_WP = 1;

    private const byte UFFD_EVENT_PAGEFAULT = 0x12;
    private const int MessageSize = 32,
        PollMs = 10;

    private readonly int _fd;
    private readonly ServedFaults _faults;
    private readonly uint _word;
    private readonly Thread _thread;
    private volatile bool _ends;

    private UserFaultHandler(int fd, ServedFaults faults, uint word)
    {
        (_fd, _faults, _word) = (fd, faults, word);
        _thread = new Thread(Serve) { IsBackground = true, Name = "userfaultfd" };
        _thread.Start();
    }

    /// <summary>Opens one with these features: the descriptor, or minus the errno.</summary>
    /// <param name="features">What it must have.</param>
    /// <param name="has">What it has.</param>
    public static int Open(ulong features, out ulong has)
    {
        has = 0;
        int call = HostFacts.Machine() == "aarch64" ? 282 : 323; // __NR_userfaultfd
        int fd = (int)Libc.syscall(call, O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            return -Libc.Error();
        ulong* api = stackalloc ulong[3];
        (api[0], api[1]) = (UFFD_API, features);
        int errno = Call(fd, UFFDIO_API, api);
        if (errno != 0)
        {
            Libc.close(fd);
            return -errno;
        }
        has = api[1];
        return fd;
    }

    /// <summary>Null with the errno if it can't be.</summary>
    /// <param name="map">All of it.</param>
    /// <param name="faults">Those that it serves.</param>
    /// <param name="word">At the start of each page that is provided.</param>
    /// <param name="errno">0, or the errno.</param>
    public static UserFaultHandler? Watch(Mapping map, ServedFaults faults, uint word, out int errno)
    {
        var (feature, mode) = faults switch
        {
            ServedFaults.Protected => (UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFDIO_REGISTER_MODE_WP),
            ServedFaults.Minor => (UFFD_FEATURE_MINOR_SHMEM, UFFDIO_REGISTER_MODE_MINOR),
            _ => (0ul, UFFDIO_REGISTER_MODE_MISSING),
        };
        int fd = Open(feature, out _);
        errno = fd < 0 ? -fd : 0;
        if (errno != 0)
            return null;
        ulong* range = stackalloc ulong[4];
        (range[0], range[1], range[2]) = ((ulong)map.Address, map.Size, mode);
        errno = Call(fd, UFFDIO_REGISTER, range);
        if (errno == 0 && faults == ServedFaults.Protected)
            errno = WriteProtect(fd, (ulong)map.Address, map.Size, UFFDIO_WRITEPROTECT_MODE_WP);
        if (errno == 0)
            return new UserFaultHandler(fd, faults, word);
        Libc.close(fd);
        return null;
    }

    public void Dispose()
    {
        if (_ends)
            return;
        _ends = true;
        _thread.Join();
        Libc.close(_fd);
    }

    private void Serve()
    {
        Worker.NameThread();
        ulong page = (ulong)Libc.getpagesize();
        byte[] content = GC.AllocateArray<byte>((int)page, pinned: true);
        BitConverter.TryWriteBytes(content, _word);
        ulong* message = stackalloc ulong[MessageSize / sizeof(ulong)];
        while (!_ends)
        {
            var entry = new PollEntry { Descriptor = _fd, Events = Posix.POLLIN };
            if (Posix.poll(&entry, 1, PollMs) <= 0 || Libc.read(_fd, message, MessageSize) != MessageSize)
                continue;
            if (*(byte*)message != UFFD_EVENT_PAGEFAULT)
                continue;
            ulong at = message[2] & ~(page - 1);
            // EAGAIN while the mapping changes, and then no other thread serves the fault. EEXIST: one has.
            while (!_ends && Serve(at, page, content) == EAGAIN) { }
        }
    }

    private int Serve(ulong at, ulong page, byte[] content) =>
        _faults switch
        {
            ServedFaults.Protected => WriteProtect(_fd, at, page, 0),
            ServedFaults.Minor => Continue(at, page),
            _ => Provide(at, page, content),
        };

    private int Continue(ulong at, ulong page)
    {
        ulong* range = stackalloc ulong[4];
        (range[0], range[1], range[2]) = (at, page, 0);
        return Call(_fd, UFFDIO_CONTINUE, range);
    }

    private int Provide(ulong at, ulong page, byte[] content)
    {
        fixed (byte* from = content)
        {
            ulong* copy = stackalloc ulong[5];
            (copy[0], copy[1], copy[2], copy[3]) = (at, (ulong)from, page, 0);
            return Call(_fd, UFFDIO_COPY, copy);
        }
    }

    private static int WriteProtect(int fd, ulong start, ulong size, ulong mode)
    {
        ulong* protect = stackalloc ulong[3];
        (protect[0], protect[1], protect[2]) = (start, size, mode);
        return Call(fd, UFFDIO_WRITEPROTECT, protect);
    }

    private static int Call(int fd, nuint request, void* argument) =>
        Libc.ioctl(fd, request, argument) < 0 ? Libc.Error() : 0;
}
