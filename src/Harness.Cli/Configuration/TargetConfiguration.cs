using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Harness.Cli.Configuration;

/// <summary>A machine that cases run on.</summary>
[JsonPolymorphic(
    TypeDiscriminatorPropertyName = "kind",
    UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization
)]
[JsonDerivedType(typeof(QemuTargetConfiguration), "qemu")]
[JsonDerivedType(typeof(SshTargetConfiguration), "ssh")]
[JsonDerivedType(typeof(PoolTargetConfiguration), "pool")]
public abstract record TargetConfiguration;

/// <summary>A machine that the harness boots under QEMU.</summary>
public sealed record QemuTargetConfiguration(
    [property:
        Description("The kernel track of the guest image, as in guest-images."),
        RegularExpression(HarnessConfiguration.Name)
    ]
        string Track,
    [property:
        Description("QEMU's -cpu; the model decides about FEAT_S2FWB."),
        RegularExpression("^[A-Za-z0-9][^\\s]*$")
    ]
        string Cpu = "max",
    // With one CPU, TCG drops the alignment check on Device memory (QEMU 10.0).
    [property: Description("Number of CPUs."), Range(2, 64)] int Cpus = 2,
    [property: Description("Memory of the machine, in MiB."), Range(512, 1048576)] int MemoryMiB = 2048,
    [property:
        Description("RAM visible to the kernel (mem=), in MiB; the remainder is used as device memory."),
        Range(256, 1048576)
    ]
        int KernelMemoryMiB = 1536,
    [property: Description("How KVM runs (kvm-arm.mode).")] KvmModeChoice Mode = KvmModeChoice.Vhe,
    [property: Description("Added to the kernel's command line."), ItemPattern("^[^\\s]+$")]
        IReadOnlyList<string>? KernelArguments = null,
    [property: Description("Added to QEMU's -machine: mte=on."), ItemPattern("^[A-Za-z0-9][^\\s,]*$")]
        IReadOnlyList<string>? Machine = null,
    [property:
        Description("The login; any other than root is an ordinary account in the group kvm."),
        RegularExpression("^[a-z][a-z0-9_-]*$")
    ]
        string User = "root",
    [property: Description(
        "Whether the machine has an SMMUv3 and a PCI device with memory behind it, for VFIO and sysfs."
    )]
        bool PciMemory = true
) : TargetConfiguration;

/// <summary>An existing machine that is reached over ssh.</summary>
public sealed record SshTargetConfiguration(
    // A leading dash would be an option to ssh.
    [property:
        Description("What you type after ssh: [user@]host, or an alias of the ssh_config."),
        RegularExpression("^[^-\\s][^\\s]*$")
    ] string Destination,
    [property: Description("Null: the ssh_config's, or 22."), Range(1, 65535)] int? Port = null,
    [property: Description("The private key's file, relative to harness.json; null: the user's agent and keys.")]
        string? IdentityFile = null,
    [property: Description("strict: only hosts with a recorded key. accept-new: record the key of a new host.")]
        HostKeyChoice HostKeys = HostKeyChoice.Strict,
    [property: Description(
        "Where host keys are recorded, relative to harness.json; null: the user's and the system's files."
    )]
        string? KnownHostsFile = null,
    [property: Description("The ssh_config to use, relative to harness.json; 'none' for none, null for the user's.")]
        string? SshConfig = null,
    [property: Description(
        "The transport for commands. ssh.net: built in. openssh: your ssh client, for features that only it has, like ProxyCommand."
    )]
        TransportChoice Transport = TransportChoice.SshNet,
    [property:
        Description(
            "PCI devices with BARs that cases may map and that may be bound to vfio-pci while a case runs, by address: 0000:00:02.0. No other is used."
        ),
        ItemPattern("^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$")
    ]
        IReadOnlyList<string>? Pci = null,
    [property: Description(
        "How a login that is not root becomes it, for the probe and for the exporter module, and nothing else. none, or sudo: it must want no password."
    )]
        BecomeChoice Become = BecomeChoice.None,
    [property:
        Description(
            "The folder there in which the probe's own folder is made: it can be written to, and is mounted without noexec. Null: the first such of $XDG_RUNTIME_DIR, /tmp, /var/tmp and $HOME."
        ),
        RegularExpression("^/[^\\s]*$")
    ]
        string? Folder = null
) : TargetConfiguration;

/// <summary>Several machines of one kind, of which a run uses one.</summary>
public sealed record PoolTargetConfiguration(
    [property:
        Description("The machines, by name, in the order of preference: the first that is free and healthy is used."),
        MinLength(2),
        KeyPattern(HarnessConfiguration.Name)
    ]
        IReadOnlyDictionary<string, SshTargetConfiguration> Machines,
    [property: Description(
        "A filter: ten of its cases are executed on a machine before it is used. Null: cases of the quick set on plain memory."
    )]
        string? Health = null
) : TargetConfiguration
{
    /// <summary>Every kernel has this memory, and every login may use it.</summary>
    internal const string UsualHealth = "cover=yes & backing=anonymous";
}

/// <summary>kvm-arm.mode.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KvmModeChoice>))]
public enum KvmModeChoice
{
    [JsonStringEnumMemberName("vhe")]
    Vhe,

    [JsonStringEnumMemberName("nvhe")]
    Nvhe,

    [JsonStringEnumMemberName("protected")]
    Protected,

    /// <summary>As VHE, and VMs may have EL2: from 6.16 on.</summary>
    [JsonStringEnumMemberName("nested")]
    Nested,
}

/// <summary>The policy for host keys.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostKeyChoice>))]
public enum HostKeyChoice
{
    [JsonStringEnumMemberName("strict")]
    Strict,

    [JsonStringEnumMemberName("accept-new")]
    AcceptNew,
}

/// <summary>How a login that is not root becomes it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BecomeChoice>))]
public enum BecomeChoice
{
    [JsonStringEnumMemberName("none")]
    None,

    [JsonStringEnumMemberName("sudo")]
    Sudo,
}

/// <summary>The transport for commands to a host.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TransportChoice>))]
public enum TransportChoice
{
    [JsonStringEnumMemberName("ssh.net")]
    SshNet,

    [JsonStringEnumMemberName("openssh")]
    OpenSsh,
}
