using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>A worker, as its supervisor sees it: three pipes, a page with its position, and its process.</summary>
internal sealed unsafe class WorkerProcess
{
    private const int TailLimit = 2000;
    private const int Away = 900;
    private const int ActionsSize = 256; // posix_spawn_file_actions_t is 80 bytes in glibc

    private readonly StringBuilder _tail = new();
    private readonly byte[] _buffer = new byte[65536];
    private readonly int* _progress;
    private readonly int _input;

    private WorkerProcess(int pid, int input, int output, int error, int* progress)
    {
        Pid = pid;
        _input = input;
        Output = output;
        Error = error;
        _progress = progress;
        StartedMicros = Clock.Micros;
    }

    public int Pid { get; }

    public int Output { get; }

    public int Error { get; }

    public long StartedMicros { get; }

    /// <summary>It has reported that it accepts requests.</summary>
    public bool IsReady { get; private set; }

    /// <summary>The current step, from 0; the number of steps once it has closed everything.</summary>
    public int Step => *_progress;

    /// <summary>The end of its stderr.</summary>
    public string Tail => _tail.ToString().Trim();

    public LineBuffer Lines { get; } = new();

    /// <summary>Starts this program again, with other arguments.</summary>
    /// <exception cref="InvalidOperationException">It can't be started.</exception>
    public static WorkerProcess Start()
    {
        int* input = stackalloc int[2];
        int* output = stackalloc int[2];
        int* error = stackalloc int[2];
        if (
            Posix.pipe2(input, O_CLOEXEC) != 0
            || Posix.pipe2(output, O_CLOEXEC) != 0
            || Posix.pipe2(error, O_CLOEXEC) != 0
        )
            throw new InvalidOperationException($"pipe2: errno {Libc.Error()}");
        int shared = Paths.Memfd("progress", MFD_CLOEXEC);
        int page = Libc.getpagesize();
        if (shared < 0 || Libc.ftruncate(shared, page) != 0)
            throw new InvalidOperationException($"memfd_create: errno {Libc.Error()}");
        var progress = (int*)Libc.mmap(null, (nuint)page, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
        if (progress == (int*)-1)
            throw new InvalidOperationException($"mmap: errno {Libc.Error()}");

        byte* actions = stackalloc byte[ActionsSize];
        Posix.posix_spawn_file_actions_init(actions);
        Posix.posix_spawn_file_actions_adddup2(actions, input[0], 0);
        Posix.posix_spawn_file_actions_adddup2(actions, error[1], 1);
        Posix.posix_spawn_file_actions_adddup2(actions, error[1], 2);
        // The target descriptors may be sources too: move them away first, then into place.
        Posix.posix_spawn_file_actions_adddup2(actions, output[1], Away);
        Posix.posix_spawn_file_actions_adddup2(actions, shared, Worker.ProgressDescriptor);
        Posix.posix_spawn_file_actions_adddup2(actions, Away, Worker.ReplyDescriptor);
        Posix.posix_spawn_file_actions_addclose(actions, Away);
        int pid;
        string[] arguments = [Zeroes("/proc/self/cmdline")[0], "--worker", Libc.getpid().ToString()];
        int refused = Spawn(&pid, actions, arguments, Zeroes("/proc/self/environ"));
        Posix.posix_spawn_file_actions_destroy(actions);
        Libc.close(input[0]);
        Libc.close(output[1]);
        Libc.close(error[1]);
        Libc.close(shared);
        return refused == 0
            ? new WorkerProcess(pid, input[1], output[0], error[0], progress)
            : throw new InvalidOperationException($"a worker can't be started: errno {refused}");
    }

    /// <summary>False if it does not read any more.</summary>
    public bool Send(byte[] line)
    {
        *_progress = 0;
        var bytes = new byte[line.Length + 1];
        Buffer.BlockCopy(line, 0, bytes, 0, line.Length);
        bytes[line.Length] = (byte)'\n';
        return SmallFile.WriteAll(_input, bytes) == 0;
    }

    /// <summary>Reads its output: false at the end, when it has died.</summary>
    public bool ReadOutput()
    {
        int got = SmallFile.Read(Output, _buffer, 0, _buffer.Length);
        if (got <= 0)
            return false;
        Lines.Append(_buffer, 0, got);
        if (!IsReady && Lines.Take() is not null)
            IsReady = true;
        return true;
    }

    /// <summary>Forwards its stderr, and keeps the end.</summary>
    public bool ReadError()
    {
        int got = SmallFile.Read(Error, _buffer, 0, _buffer.Length);
        if (got <= 0)
            return false;
        var bytes = new byte[got];
        Buffer.BlockCopy(_buffer, 0, bytes, 0, got);
        SmallFile.WriteAll(2, bytes);
        _tail.Append(Encoding.UTF8.GetString(bytes, 0, got));
        if (_tail.Length > TailLimit)
            _tail.Remove(0, _tail.Length - TailLimit);
        return true;
    }

    /// <summary>
    /// kill -9, and a wait of up to <paramref name="patienceMs"/>: a description of how it ended. A process that is
    /// stuck in the kernel survives SIGKILL; then the description says that.
    /// </summary>
    public string End(int patienceMs)
    {
        Libc.kill(Pid, SIGKILL);
        return Wait(patienceMs);
    }

    /// <summary>As <see cref="End"/>, for a worker that has closed its output by itself.</summary>
    public string Wait(int patienceMs)
    {
        string? how = null;
        long until = Clock.Micros + patienceMs * 1000L;
        while (how is null)
        {
            int status;
            int pid = Posix.waitpid(Pid, &status, Posix.WNOHANG);
            if (pid == Pid)
                how = (status & 0x7f) != 0 ? $"signal {status & 0x7f}" : $"exit status {status >> 8 & 0xff}";
            else if (pid < 0 && Libc.Error() != EINTR)
                how = "an end unknown";
            else if (Clock.Micros > until)
                how = "a kill that it has not followed yet";
            else
                Posix.poll(null, 0, 1);
        }
        while (HasMore(Error) && ReadError()) { }
        Libc.close(_input);
        Libc.close(Output);
        Libc.close(Error);
        Libc.munmap(_progress, (nuint)Libc.getpagesize());
        return how;
    }

    private static bool HasMore(int descriptor)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = Posix.POLLIN };
        return Posix.poll(&entry, 1, 0) > 0;
    }

    private static int Spawn(int* pid, void* actions, string[] arguments, string[] environment)
    {
        byte** argv = stackalloc byte*[arguments.Length + 1];
        byte** envp = stackalloc byte*[environment.Length + 1];
        fixed (
            byte* a = Pack(arguments),
                e = Pack(environment),
                path = Pack(["/proc/self/exe"])
        )
        {
            Point(argv, a, arguments.Length);
            Point(envp, e, environment.Length);
            return Posix.posix_spawn(pid, path, actions, null, argv, envp);
        }
    }

    private static byte[] Pack(string[] texts) => Encoding.UTF8.GetBytes(string.Join("\0", texts) + "\0");

    private static void Point(byte** pointers, byte* packed, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pointers[i] = packed;
            while (*packed++ != 0) { }
        }
        pointers[count] = null;
    }

    private static string[] Zeroes(string path)
    {
        string text = SmallFile.ReadText(path, out int errno)
            ?? throw new InvalidOperationException($"{path}: errno {errno}");
        return text.Split('\0')[..^1];
    }
}
