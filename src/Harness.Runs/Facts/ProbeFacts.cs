using Harness.Protocol;

namespace Harness.Runs.Facts;

/// <summary>The probe's facts, by source.</summary>
internal sealed class ProbeFacts
{
    private readonly Fields? _vcpu;
    private readonly Fields? _own;
    private readonly string? _hwcaps;
    private readonly string? _commandLine;
    private readonly Fields? _platform;

    /// <exception cref="FormatException">They don't have the expected form.</exception>
    public ProbeFacts(Fields facts)
    {
        Kernel = facts.Inner("kernel");
        Kvm = facts.Inner("kvm");
        Exporter =
            facts.Inner("exporter") is var e && e.Integer("errno") == 0 && e.Integer("abi") == ExporterAbi ? e : null;
        Log = new BootLog(Kernel);
        _vcpu = Kvm.TryGet("registers", out var r) ? r as Fields : null;
        var cpu = facts.TryGet("cpu", out var c) ? c as Fields : null;
        _hwcaps = cpu?.TextOrNull("features");
        _own = cpu is not null && cpu.TryGet("registers", out var own) ? own as Fields : null;
        _commandLine = Kernel.TextOrNull("cmdline");
        _platform = facts.TryGet("platform", out var p) ? p as Fields : null;
        Models =
            cpu is not null && cpu.TryGet("models", out var m) && m is IReadOnlyList<object?> models
                ? [.. models.OfType<string>()]
                : [];
        VmCapabilities = Capabilities("vm");
        SystemCapabilities = Capabilities("system");
    }

    /// <summary>STAGE2_EXPORTER_ABI in guest-images/exporter/stage2_exporter.h.</summary>
    public const int ExporterAbi = 6;

    public Fields Kernel { get; }

    public Fields Kvm { get; }

    /// <summary>The exporter module's values, or null if it can't be used.</summary>
    public Fields? Exporter { get; }

    public BootLog Log { get; }

    public IReadOnlyDictionary<int, int> VmCapabilities { get; }

    public IReadOnlyDictionary<int, int> SystemCapabilities { get; }

    /// <summary>A register's system-wide value in the kernel: read_sanitised_ftr_reg().</summary>
    public FactSource? ByExporter(string register, Func<ulong, bool> read) =>
        Exporter is null
            ? null
            : new FactSource("the exporter's " + register, Fact.Word(read(Exporter.Inner("registers").Bits(register))));

    /// <summary>A vCPU's register can only prove presence, since KVM hides features from guests.</summary>
    public FactSource? ByVcpu(string register, Func<ulong, bool> read) =>
        Yes(_vcpu, "a vCPU's " + register, register, read);

    /// <summary>A register that the probe read itself, with the MRS instruction.</summary>
    public FactSource? ByProbe(string register, Func<ulong, bool> read) =>
        _own is not null && _own.TryGet(register, out var v) && v is long or ulong
            ? new FactSource("the probe's own " + register, Fact.Word(read(_own.Bits(register))))
            : null;

    /// <summary>A word in the features of /proc/cpuinfo.</summary>
    public FactSource? ByHwcap(string word) =>
        _hwcaps is null ? null : new FactSource("/proc/cpuinfo", Fact.Word(_hwcaps.Split(' ').Contains(word)));

    /// <summary>
    /// Whether the kernel's command line contains a word; null if it can't be read. In names, _ equals - (parameq()).
    /// </summary>
    public bool? OnCommandLine(string word) => _commandLine?.Replace('_', '-').Split(' ').Contains(word);

    /// <summary>The values of MIDR_EL1 of the CPUs, in hex; empty if they can't be read.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>
    /// The machine in the firmware's tables ("compatible", "vendor", ...); null if they don't have it.
    /// </summary>
    public string? OfPlatform(string name) =>
        _platform is not null && _platform.TryGet(name, out var value) ? value as string : null;

    /// <summary>A capability's positive or zero value on a VM, or null.</summary>
    public int? OfVm(int capability) => VmCapabilities.TryGetValue(capability, out int v) && v >= 0 ? v : null;

    private static FactSource? Yes(Fields? registers, string source, string register, Func<ulong, bool> read) =>
        registers is not null
        && registers.TryGet(register, out var v)
        && v is long or ulong
        && read(registers.Bits(register))
            ? new FactSource(source, Fact.There)
            : null;

    private Dictionary<int, int> Capabilities(string asked)
    {
        if (!Kvm.TryGet(asked, out var value) || value is not Fields answers)
            return [];
        return Enumerable
            .Range(0, answers.Count)
            .Select(i => answers[i].Key)
            .ToDictionary(
                key =>
                    int.TryParse(key, out int number) ? number : throw new FormatException($"'{key}' is no capability"),
                key =>
                    answers.TryGet(key, out var v) && v is Fields refused
                        ? -(int)refused.Integer("errno")
                        : (int)answers.Integer(key)
            );
    }
}
