using System.Text;
using Harness.Cases;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.KernelLogs;
using Harness.Tests;

namespace Harness.FakeKernel;

/// <summary>
/// A host with FWB and DIC and a kernel that does what its Image contains, "decides: WORD", for every case of one read.
/// </summary>
/// <param name="name">The target's.</param>
/// <param name="tree">The kernel's tree.</param>
internal sealed class FakeKernelHost(string name, string tree) : IProbeHost
{
    private const ulong NormalReadWriteExecute = 0x0000_0000_b214_47db;
    private const ulong DeviceReadWrite = 0x0040_0000_b214_47c7;
    private const int EINVAL = 22;

    private int _asked;

    public string Name => name;

    public string? Lost => null;

    public KernelReport? Crash => null;

    public int? Workers => 1;

    public IReadOnlyDictionary<string, string> Platform { get; } = new Dictionary<string, string>();

    // Of the tree's Image, or of the Image given instead.
    private string Banner { get; } =
        Encoding.ASCII.GetString(
            File.ReadAllBytes(File.Exists(tree) ? tree : Path.Combine(tree, "arch/arm64/boot/Image"))
        );

    private string Decides => Banner.Split("decides: ")[1].Trim();

    private string Release => Banner.Split("Linux version ")[1].Split(' ')[0];

    public Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel) =>
        Decides == "panic"
            ? throw new HostUnavailableException("the host does not boot: Kernel panic")
            : Task.FromResult<IProbeLink>(new Link(this));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Observation Answer(ProbeProgram program) =>
        Decides switch
        {
            "write-back" => Mapped(program, NormalReadWriteExecute),
            "device" => Mapped(program, DeviceReadWrite),
            "refused" => Completed(program, new MemslotResult { Errno = EINVAL }),
            "either" => Mapped(program, _asked++ % 2 == 0 ? NormalReadWriteExecute : DeviceReadWrite),
            "error" => new Observation(program.Case, ObservationEnd.ProbeError, "it was told to", 1000, [], []),
            var other => throw new InvalidOperationException(other),
        };

    private static Observation Mapped(ProbeProgram program, ulong descriptor) =>
        Completed(
            program,
            new MemslotResult(),
            new RunResult(6, CaseLayout.ReportAddress, 4, true, 0x100),
            new Stage2Result(true, descriptor, 3, 0, 1, 40),
            new GetRegistersResult(
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.X10] = 0,
                    [GuestRegister.X11] = 0,
                    [GuestRegister.X12] = 0,
                    [GuestRegister.X13] = 0x200,
                }
            )
        );

    /// <summary>
    /// Each result is used for the next step with a result of its type; all other steps succeed. The first error ends
    /// the program.
    /// </summary>
    private static Observation Completed(ProbeProgram program, params StepResult[] answers)
    {
        var steps = new List<StepResult>();
        int next = 0;
        foreach (var step in program.Steps)
        {
            var result = EmptyResult.Of(step);
            steps.Add(next < answers.Length && answers[next].GetType() == result.GetType() ? answers[next++] : result);
            if (steps[^1].Errno != 0)
                break;
        }
        return new Observation(program.Case, ObservationEnd.Completed, null, 1000, steps, []);
    }

    private Fields Facts()
    {
        const ulong fwb = 1ul << 40,
            dic = 1ul << 29;
        var none = Fields.Of(("errno", EINVAL));
        string[] log =
        [
            "Booting Linux on physical CPU 0x0000000000 [0x000f0510]",
            "CPU features: detected: Stage-2 Force Write-Back",
            "CPU features: detected: Instruction cache invalidation not required for I/D coherence",
            "kvm [1]: VHE mode initialized successfully",
        ];
        return Fields.Of(
            (
                "kernel",
                Fields.Of(("release", Release), ("log", log), ("cmdline", "console=ttyAMA0"), ("pageSize", 4096))
            ),
            ("cpu", Fields.Of(("features", null), ("registers", none))),
            (
                "kvm",
                Fields.Of(
                    ("errno", 0),
                    ("registers", none),
                    ("vm", Fields.Of(("205", 0))),
                    ("system", Fields.Of(("205", 0), ("243", none)))
                )
            ),
            (
                "exporter",
                Fields.Of(
                    ("errno", 0),
                    ("abi", 6),
                    ("pageSize", 4096),
                    ("currentEl", 8),
                    ("canWalk", true),
                    ("protectedMode", false),
                    (
                        "registers",
                        Fields.Of(
                            ("ctr_el0", dic),
                            ("id_aa64mmfr0_el1", 0x10000000),
                            ("id_aa64mmfr2_el1", fwb),
                            ("id_aa64pfr1_el1", 0)
                        )
                    )
                )
            ),
            ("secretmem", Fields.Of(("errno", 0))),
            ("trace", Fields.Of(("available", true))),
            ("prot", null)
        );
    }

    private sealed class Link(FakeKernelHost host) : IProbeLink
    {
        private readonly Queue<Request> _requests = new();

        public string ProbeHash => "fake";

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel)
        {
            _requests.Enqueue(Messages.ReadRequest(line.ToArray()));
            return Task.CompletedTask;
        }

        public Task<byte[]> ReceiveAsync(CancellationToken cancel)
        {
            var request = _requests.Dequeue();
            return Task.FromResult(
                Messages.Line(
                    request.Run is { } program
                        ? new Reply(request.Id, host.Answer(program))
                        : new Reply(request.Id, Facts: host.Facts())
                )[..^1]
            );
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
