using System.Diagnostics;
using System.Globalization;
using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>A probe started as a deployer would start it, and /proc's view of its processes.</summary>
internal sealed class RunningProbe : IDisposable
{
    /// <summary>Only a safety limit for a test with a probe that never responds; no test asserts times.</summary>
    private static readonly TimeSpan TimeoutScale = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Task<string> _error;
    private long _id;

    private RunningProbe(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public Hello Hello { get; private set; } = null!;

    public int Pid => _process.Id;

    public int ExitCode => _process.ExitCode;

    public static RunningProbe Start(int workers = 1) => Start(Launch("--hash", "cafe", "--workers", $"{workers}"));

    /// <summary>One that sees other file systems than the tests do. Takes root.</summary>
    /// <param name="mounts">A command of the shell, in a mount namespace of its own.</param>
    public static RunningProbe StartAmong(string mounts)
    {
        if (Environment.UserName != "root")
            Assert.Ignore("mounting takes root");
        return Start(Launch("unshare", ["-m", "sh", "-c", $"{mounts} && exec {Program} --hash cafe --workers 1"]));
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Harness.Probe");

    private static RunningProbe Start(Process process)
    {
        var probe = new RunningProbe(process);
        var line = probe.Line() ?? throw new AssertionException("no hello");
        probe.Hello = Messages.ReadHello(line);
        return probe;
    }

    public static Process Launch(params string[] arguments) => Launch(Program, arguments);

    private static Process Launch(string program, string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                // The location of the tests' own runtime.
                Environment = { ["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath) },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;

    public long Send(params Step[] steps) => Send(60_000, steps);

    public long Send(int deadlineMs, params Step[] steps) => Send(deadlineMs, alone: false, steps);

    public long Send(int deadlineMs, bool alone, params Step[] steps)
    {
        _id++;
        SendBytes(Messages.Line(new Request(_id, new ProbeProgram($"case {_id}", deadlineMs, steps, alone))));
        return _id;
    }

    public void SendFacts() => SendBytes(Messages.Line(new Request(++_id, Facts: new FactsQuery([]))));

    public void SendBytes(byte[] bytes)
    {
        _process.StandardInput.BaseStream.Write(bytes);
        _process.StandardInput.BaseStream.Flush();
    }

    public Reply Reply()
    {
        var line = Line() ?? throw new AssertionException($"the probe ended: {_error.Result}");
        return Messages.ReadReply(line);
    }

    /// <summary>Sends, and waits for the reply to this request.</summary>
    public Observation Run(params Step[] steps)
    {
        long id = Send(steps);
        return Observed(id);
    }

    public Observation Observed(long id)
    {
        var reply = Reply();
        Assert.That(reply.Id, Is.EqualTo(id), reply.Error);
        Assert.That(reply.Observation, Is.Not.Null, reply.Error);
        Assert.That(reply.Observation!.Case, Is.EqualTo($"case {id}"));
        return reply.Observation;
    }

    /// <summary>The result of a step, with its type.</summary>
    public static T Result<T>(Observation seen, int step)
        where T : StepResult =>
        seen.Steps[step] as T ?? throw new AssertionException($"step {step} is {seen.Steps[step].Op}");

    public void EndInput() => _process.StandardInput.Close();

    public void EndOutput() => _process.StandardOutput.Close();

    public void Kill() => _process.Kill();

    public bool WaitForExit() => _process.WaitForExit(TimeoutScale);

    public string Error() => _error.Result;

    public int[] Children() => Children(Pid);

    public static int[] Children(int pid) =>
        [
            .. File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(t => int.Parse(t, CultureInfo.InvariantCulture)),
        ];

    /// <summary>Gone, or an unreaped zombie: it executes nothing any more.</summary>
    public static bool IsDead(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is 'Z' or 'X';
        }
        catch (IOException)
        {
            return true;
        }
    }

    public static void Until(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > TimeoutScale)
                Assert.Fail($"waited in vain: {what}");
            Thread.Yield();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private byte[]? Line()
    {
        var read = _process.StandardOutput.ReadLineAsync();
        if (!read.Wait(TimeoutScale))
            throw new AssertionException("the probe says nothing");
        return read.Result is { } text ? System.Text.Encoding.UTF8.GetBytes(text) : null;
    }
}
