using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Harness.Cli.Configuration;

/// <summary>A named run: hosts, and their cases. Hosts with other cases than the rest are in groups.</summary>
public sealed record SuiteConfiguration
{
    [Description("Names of targets."), MinLength(1)]
    public IReadOnlyList<string> Targets { get; init; } = [];

    [Description("Hosts that QEMU boots: every track with every CPU in every mode.")]
    public MatrixConfiguration? Matrix { get; init; }

    [Description("A filter expression over cases, or over migrations where 'pairs' is set; null for all.")]
    public string? Filter { get; init; }

    [Description(
        "Whether VMs are moved between the hosts, from every one to every one, itself included: for harness migrate, not for harness run."
    )]
    public bool Pairs { get; init; }

    [Description("The policy to judge by, or null for that of each host's kernel.")]
    public string? Policy { get; init; }

    [Description("More hosts; each group may have its own filter, unless 'pairs' is set."), MinLength(1)]
    public IReadOnlyList<SuiteGroup> Groups { get; init; } = [];
}

/// <summary>Hosts of a suite that run the same cases.</summary>
public sealed record SuiteGroup
{
    [Description("Names of targets."), MinLength(1)]
    public IReadOnlyList<string> Targets { get; init; } = [];

    [Description("Hosts that QEMU boots: every track with every CPU in every mode.")]
    public MatrixConfiguration? Matrix { get; init; }

    [Description("A filter expression over cases, or null for the suite's.")]
    public string? Filter { get; init; }
}

/// <summary>Hosts that QEMU boots, as a product of axes. A host's name is TRACK/CPU/MODE.</summary>
public sealed record MatrixConfiguration(
    [property: Description("Kernel tracks, as in guest-images."), MinLength(1), ItemPattern(HarnessConfiguration.Name)]
        IReadOnlyList<string> Tracks,
    [property: Description("Names of 'cpus'."), MinLength(1)] IReadOnlyList<string> Cpus
)
{
    [Description("The modes of KVM (kvm-arm.mode); only vhe by default."), MinLength(1)]
    public IReadOnlyList<KvmModeChoice> Modes { get; init; } = [KvmModeChoice.Vhe];

    [
        Description("Hosts to exclude, by patterns of their names: * matches any text, ? one character."),
        ItemPattern(@"^[a-z0-9._*?-]+/[a-z0-9._*?-]+/[a-z*?]+$")
    ]
    public IReadOnlyList<string> Except { get; init; } = [];
}

/// <summary>A QEMU CPU with its machine: a target without a kernel.</summary>
public sealed record CpuConfiguration(
    [property:
        Description("QEMU's -cpu; the model decides about FEAT_S2FWB."),
        RegularExpression("^[A-Za-z0-9][^\\s]*$")
    ]
        string Cpu
)
{
    [Description("Number of CPUs."), Range(2, 64)]
    public int Cpus { get; init; } = 2;

    [Description("Memory of the machine, in MiB."), Range(512, 1048576)]
    public int MemoryMiB { get; init; } = 2048;

    [
        Description("RAM visible to the kernel (mem=), in MiB; the remainder is used as device memory."),
        Range(256, 1048576)
    ]
    public int KernelMemoryMiB { get; init; } = 1536;

    [Description("Added to the kernel's command line."), ItemPattern("^[^\\s]+$")]
    public IReadOnlyList<string>? KernelArguments { get; init; }

    [Description("Added to QEMU's -machine: mte=on."), ItemPattern("^[A-Za-z0-9][^\\s,]*$")]
    public IReadOnlyList<string>? Machine { get; init; }

    /// <summary>With a kernel: a target.</summary>
    public QemuTargetConfiguration With(string track, KvmModeChoice mode) =>
        new(track, Cpu, Cpus, MemoryMiB, KernelMemoryMiB, mode, KernelArguments, Machine);
}
