using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Harness.Processes;

namespace Harness.Targets.Qemu;

/// <summary>A running QEMU. Disposing it ends it: first by a QMP command, then SIGTERM, then SIGKILL.</summary>
public sealed class QemuMachine : IAsyncDisposable
{
    private const int TailOfConsole = 4 << 10;

    /// <summary>A boot writes some 30 KiB, an Oops with its registers and stack less than 10.</summary>
    private const int WholeConsole = 1 << 20;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan QuitTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BannerTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilentTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>The line that the image's init writes to the console once its sshd listens.</summary>
    private const string Ready = "harness-init: ready";

    private readonly string _target;
    private readonly ChildProcess _process;
    private readonly string _console;
    private QmpClient? _qmp;

    private QemuMachine(string target, QemuSpec spec, ChildProcess process, string console)
    {
        _target = target;
        Spec = spec;
        _process = process;
        _console = console;
    }

    public QemuSpec Spec { get; }

    /// <summary>On 127.0.0.1: forwarded to the guest's port 22.</summary>
    public int SshPort { get; private set; }

    /// <summary>"10.0.2 (Debian 1:10.0.2+ds-2)".</summary>
    public string Version => Qmp.Version;

    /// <summary>As started, ready to paste.</summary>
    public string CommandLine => _process.Spec.CommandLine;

    public int Pid => _process.Pid;

    /// <summary>Completes when QEMU ends, for any reason.</summary>
    public Task<ProcessExit> Exited => _process.Exited;

    public QmpClient Qmp => _qmp ?? throw new InvalidOperationException("the machine has not been started");

    /// <summary>The last 4 KiB of the serial console.</summary>
    public string ConsoleTail => ConsoleEnd(TailOfConsole);

    private string ConsoleEnd(int most)
    {
        if (!File.Exists(_console))
            return "";
        using var file = new FileStream(_console, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(-Math.Min(file.Length, most), SeekOrigin.End);
        using var text = new StreamReader(file, Encoding.UTF8);
        return text.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string file) => File.Exists(file) ? FileHash.Sha256(file) : "unknown, it is missing";

    /// <summary>Starts QEMU; the guest starts to boot.</summary>
    /// <exception cref="TargetException">QEMU is missing, or ended at once; with its message.</exception>
    public static async Task<QemuMachine> StartAsync(
        IProcessRunner runner,
        string target,
        QemuSpec spec,
        RunDirectory directory,
        CancellationToken cancel = default
    )
    {
        foreach (var file in spec.IsRestored ? [] : new[] { spec.KernelPath, spec.InitrdPath })
            if (!File.Exists(file))
                throw new TargetException(
                    TargetFailure.Configuration,
                    target,
                    $"{file} does not exist: build the image again ({spec.BuildCommand})"
                );
        foreach (var (file, hash) in spec.IsRestored ? new Dictionary<string, string>() : spec.Hashes)
            if (HashOf(file) is var found && found != hash)
                throw new TargetException(
                    TargetFailure.Configuration,
                    target,
                    $"{file} is damaged: its SHA-256 is {found}, and was {hash} when it was built: build the image again ({spec.BuildCommand})"
                );
        var socket = directory.PathOf("qmp");
        var console = directory.PathOf("console.log");
        var process = StartProcess(
            runner,
            target,
            spec,
            directory,
            QemuCommandLine.Arguments(QemuCommandLine.Flags(spec, socket, console))
        );
        var machine = new QemuMachine(target, spec, process, console);
        try
        {
            await machine.ConnectMonitorAsync(socket, cancel).ConfigureAwait(false);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Waits until the guest's sshd responds. QEMU accepts connections long before: only the server's banner counts. An
    /// attempt on a guest without a network blocks the connection for a second, so the first one waits for the line
    /// that the image's init writes to the console. A restored machine has written it before, and a kernel without
    /// that console never does: the former is tried at once, the latter after ten seconds.
    /// </summary>
    /// <returns>Time it took.</returns>
    /// <exception cref="TargetException">
    /// QEMU ended, or the boot deadline passed; with the console's last lines.
    /// </exception>
    public async Task<TimeSpan> WaitForSshAsync(CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        var deadline = TimeoutScale.Scale(Spec.BootDeadline);
        while (!MayAnswer(clock.Elapsed) || !await SpeaksSshAsync(cancel).ConfigureAwait(false))
        {
            if (clock.Elapsed > deadline)
                throw new TargetException(
                    TargetFailure.BootTimeout,
                    _target,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the guest has no ssh after {deadline.TotalSeconds:0} s; its console ends with: {LastOf(ConsoleTail)}"
                    ),
                    ConsoleTail
                );
            if (await Task.WhenAny(Exited, Task.Delay(BetweenLooks, cancel)).ConfigureAwait(false) == Exited)
                throw await DeathAsync().ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }
        return clock.Elapsed;
    }

    /// <summary>Continues from a saved state, in a machine with the memory of the same snapshot.</summary>
    /// <exception cref="TargetException">It is of another machine or another QEMU, or can't be read.</exception>
    public async Task RestoreAsync(string state, CancellationToken cancel = default)
    {
        try
        {
            await Qmp.RestoreAsync(state, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or QmpException)
        {
            if (
                await Task.WhenAny(Exited, Task.Delay(TimeoutScale.Scale(QuitTime), cancel)).ConfigureAwait(false)
                == Exited
            )
                throw await DeathAsync().ConfigureAwait(false);
            throw new TargetException(TargetFailure.QemuDied, _target, e.Message, CommandLine, e);
        }
    }

    /// <summary>Why QEMU ended, once it has: its exit status, its last output, and the console's.</summary>
    public async Task<TargetException> DeathAsync()
    {
        var exit = await Exited.ConfigureAwait(false);
        var errors = _process.ErrorTail.ToString();
        var what =
            exit.ExitCode == 0 ? $"the guest powered off or panicked; {Reason(ConsoleTail)}"
            : errors.Trim().Length > 0 ? $"QEMU ended with {exit}: {LastOf(errors)}"
            : $"QEMU ended with {exit}";
        return new TargetException(
            TargetFailure.QemuDied,
            _target,
            what,
            $"{CommandLine}\n{errors}\n--- console ---\n{ConsoleTail}"
        )
        {
            Console = ConsoleEnd(WholeConsole),
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_qmp is not null)
        {
            if (!Exited.IsCompleted)
                await QuitAsync(_qmp).ConfigureAwait(false);
            await _qmp.DisposeAsync().ConfigureAwait(false);
        }
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    private static ChildProcess StartProcess(
        IProcessRunner runner,
        string target,
        QemuSpec spec,
        RunDirectory directory,
        IReadOnlyList<string> arguments
    )
    {
        try
        {
            var process = runner.Start(new ProcessSpec(spec.Program, arguments), ChildOutput.Messages);
            directory.Record("qemu", process);
            return process;
        }
        catch (ProgramNotFoundException e)
        {
            throw new TargetException(TargetFailure.ProgramMissing, target, e.Message, inner: e);
        }
    }

    private async Task ConnectMonitorAsync(string socket, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (_qmp is null)
        {
            try
            {
                // The file may exist before QEMU listens, or not appear at all.
                if (File.Exists(socket))
                    _qmp = await QmpClient.ConnectAsync(socket, cancel).ConfigureAwait(false);
            }
            catch (Exception e)
                when (e is SocketException or IOException && clock.Elapsed < TimeoutScale.Scale(StartTime))
            {
                _qmp = null;
            }
            if (_qmp is not null)
                break;
            if (Exited.IsCompleted)
                throw await DeathAsync().ConfigureAwait(false);
            if (clock.Elapsed > TimeoutScale.Scale(StartTime))
                throw new TargetException(
                    TargetFailure.QemuDied,
                    _target,
                    "QEMU does not open its monitor: " + LastOf(_process.ErrorTail.ToString()),
                    CommandLine
                );
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancel).ConfigureAwait(false);
        }
        try
        {
            SshPort = await _qmp.ForwardedPortAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or QmpException or FormatException)
        {
            if (
                await Task.WhenAny(Exited, Task.Delay(TimeoutScale.Scale(QuitTime), cancel)).ConfigureAwait(false)
                == Exited
            )
                throw await DeathAsync().ConfigureAwait(false);
            throw new TargetException(
                TargetFailure.QemuDied,
                _target,
                $"QEMU does not report its ssh port ({e.Message}): is its version too old?",
                CommandLine,
                e
            );
        }
    }

    private bool MayAnswer(TimeSpan waited) =>
        Spec.IsRestored || waited > SilentTime || ConsoleTail.Contains(Ready, StringComparison.Ordinal);

    private async Task<bool> SpeaksSshAsync(CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(TimeoutScale.Scale(BannerTime));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, SshPort, timer.Token).ConfigureAwait(false);
            var banner = new byte[4];
            var read = 0;
            while (read < banner.Length)
            {
                var more = await socket.ReceiveAsync(banner.AsMemory(read), timer.Token).ConfigureAwait(false);
                if (more == 0)
                    return false;
                read += more;
            }
            return banner.AsSpan().SequenceEqual("SSH-"u8); // RFC 4253, section 4.2.
        }
        catch (Exception e)
            when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false; // Not up yet.
        }
    }

    private static async Task QuitAsync(QmpClient qmp)
    {
        using var timer = new CancellationTokenSource(TimeoutScale.Scale(QuitTime));
        try
        {
            await qmp.QuitAsync(timer.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or QmpException)
        {
            // It does not respond; signals follow.
        }
    }

    /// <summary>The reason that the image's init or the kernel printed is before the last line.</summary>
    private static string Reason(string console) =>
        console
            .Split('\n')
            .LastOrDefault(l =>
                l.Contains("Kernel panic", StringComparison.Ordinal)
                || (
                    l.Contains("harness-init: ", StringComparison.Ordinal)
                    && !l.Contains(Ready, StringComparison.Ordinal)
                )
            )
            is { } line
            ? $"output: {line.Trim()}"
            : $"its console ends with: {LastOf(console)}";

    private static string LastOf(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault()
        ?? "(nothing)";
}
