using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// The process that executes programs, one request after the other, until stdin or the supervisor ends. Everything that
/// a program can break is in this process.
/// </summary>
internal static unsafe class Worker
{
    /// <summary>The page shared with the supervisor: the current position in the program.</summary>
    public const int ProgressDescriptor = 3;

    /// <summary>The descriptor for replies. Not stdout, which other code in the process may write to.</summary>
    public const int ReplyDescriptor = 4;

    /// <summary>Its first line, once it is ready for requests.</summary>
    public static readonly byte[] Ready = [(byte)'{', (byte)'}', (byte)'\n'];

    /// <summary>Gives this thread of the worker the name that <see cref="WorkerName"/> documents.</summary>
    public static void NameThread()
    {
        fixed (byte* name = Encoding.ASCII.GetBytes(WorkerName.Of(Libc.getpid()) + "\0"))
            Libc.prctl(PR_SET_NAME, (nuint)name, 0, 0, 0);
    }

    public static int Run(string parent)
    {
        // The parent may have died before the prctl: then the signal is never sent.
        Libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (Posix.getppid().ToString() != parent)
            return 1;
        NameThread();
        // Out of memory: the worker is killed, not the supervisor.
        SmallFile.Write("/proc/self/oom_score_adj", "1000");
        ResourceLimit none = default;
        Posix.setrlimit(Posix.RLIMIT_CORE, &none);
        Posix.fcntl(ProgressDescriptor, Posix.F_SETFD, Posix.FD_CLOEXEC);
        Posix.fcntl(ReplyDescriptor, Posix.F_SETFD, Posix.FD_CLOEXEC);
        void* page = Libc.mmap(
            null,
            (nuint)Libc.getpagesize(),
            PROT_READ | PROT_WRITE,
            MAP_SHARED,
            ProgressDescriptor,
            0
        );
        int unshared = 0;
        int* progress = page == (void*)-1 ? &unshared : (int*)page;

        var host = new Host(Tracing.Start(), new KernelLog());
        host.Kvm(out _);
        if (SmallFile.WriteAll(ReplyDescriptor, Ready) != 0)
            return 1;
        var lines = new LineBuffer();
        var buffer = new byte[65536];
        while (true)
        {
            int got = SmallFile.Read(0, buffer, 0, buffer.Length);
            if (got <= 0)
                return got == 0 ? 0 : 1;
            lines.Append(buffer, 0, got);
            while (lines.Take() is { } line)
            {
                if (SmallFile.WriteAll(ReplyDescriptor, AnswerLine(line, host, progress)) != 0)
                    return 1;
            }
        }
    }

    /// <summary>A line over the limit would end the supervisor and the connection, not only this program.</summary>
    private static byte[] AnswerLine(byte[] request, Host host, int* progress)
    {
        var reply = Answer(request, host, progress);
        var line = Messages.Line(reply);
        return line.Length - 1 <= LineProtocol.LineLimit
            ? line
            : Messages.Line(
                new Reply(
                    reply.Id,
                    Error: $"the answer takes {line.Length - 1} bytes; a line has {LineProtocol.LineLimit}"
                )
            );
    }

    private static Reply Answer(byte[] line, Host host, int* progress)
    {
        long id = 0;
        try
        {
            var request = Messages.ReadRequest(line);
            id = request.Id;
            return request.Run is { } program
                ? new Reply(id, Execute(program, host, progress))
                : new Reply(id, Facts: HostFacts.Collect(host, request.Facts!));
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException)
        {
            return new Reply(id == 0 ? Messages.ReadHead(line).Id : id, Error: e.Message);
        }
    }

    private static Observation Execute(ProbeProgram program, Host host, int* progress)
    {
        long start = Clock.Micros;
        host.Log.SkipToEnd();
        host.Tracing.Read();
        var results = new List<StepResult>(program.Steps.Count);
        var micros = program.Timed ? new List<int>(program.Steps.Count + 1) : null;
        long last = 0;
        var end = ObservationEnd.Completed;
        string? detail = null;
        int index = 0;
        using (var interpreter = new Interpreter(host))
        {
            try
            {
                for (; index < program.Steps.Count && end == ObservationEnd.Completed; index++)
                {
                    *progress = index;
                    var step = program.Steps[index];
                    last = Clock.Micros;
                    var result = interpreter.Execute(step);
                    micros?.Add((int)(Clock.Micros - last));
                    results.Add(result);
                    if (result.Errno == 0 || step.OnError == OnError.Continue)
                        continue;
                    if (step.OnError == OnError.End)
                        break;
                    end = ObservationEnd.SetupFailed;
                    detail = $"step {index} ({step.Op}): errno {result.Errno}";
                }
            }
            catch (Exception e)
            {
                // Any other exception is an error of the probe or the program, never the kernel's.
                end = ObservationEnd.ProbeError;
                detail =
                    $"step {index} ({program.Steps[index].Op}): {(e is FormatException ? "" : e.GetType().Name + ": ")}{e.Message}";
            }
            *progress = program.Steps.Count;
            last = Clock.Micros;
        }
        micros?.Add((int)(Clock.Micros - last));
        return new Observation(program.Case, end, detail, Clock.Micros - start, results, host.Log.Read())
        {
            StepMicros = micros,
            Pid = Libc.getpid(),
        };
    }
}
