using System.Text;
using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Probe.Providers;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// The facts of the host, as read there. A value that can't be read is replaced by {"errno": N}; nothing is interpreted
/// here.
/// </summary>
/// <remarks>
/// "kernel" {release, version, machine, buildId, bootId, cmdline, pageSize, cpus, log}; "cpu" {implementer, part,
/// ..., features, models, registers {...}}; "euid"; "memoryAvailableKiB"; "swapFreeKiB"; "poison" {errno}; "kvm"
/// {errno, apiVersion, system {capability: value}, vm {...}, registers {...}}; "exporter" {errno, abi, canWalk, ...,
/// registers {...}}; "trace" {available, why, events}; "kmsg" {errno}; "secretmem" {errno}; "providers" and "owner",
/// see there; "platform" {compatible, vendor, product, version}; "prot" {values} of enum kvm_pgtable_prot; "micros",
/// the time that each part took.
/// </remarks>
internal static unsafe class HostFacts
{
    private const int UtsNameField = 65; // __NEW_UTS_LEN + 1
    private const int GnuBuildId = 3; // NT_GNU_BUILD_ID

    // From linux/kvm.h, including arm64's capabilities that concern memory.
    private static readonly int[] Capabilities =
    [
        10,
        81,
        126,
        165,
        168,
        177,
        178,
        192,
        205,
        223,
        225,
        228,
        229,
        231,
        232,
        233,
        234,
        235,
        236,
        239,
        240,
        241,
        243,
        244,
        245,
        251,
    ];

    private static readonly string[] IdRegisters =
    [
        "ctr_el0",
        "id_aa64mmfr0_el1",
        "id_aa64mmfr1_el1",
        "id_aa64mmfr2_el1",
        "id_aa64pfr1_el1",
    ];

    public static Fields Collect(Host host, FactsQuery query)
    {
        var micros = new List<(string, object?)>();
        long last = Clock.Micros;
        object? Timed(string name, object? value)
        {
            long now = Clock.Micros;
            micros.Add((name, now - last));
            last = now;
            return value;
        }

        var kernel = Timed("kernel", Kernel());
        var cpu = Timed("cpu", Cpu());
        var memory = Memory();
        var kvm = Timed("kvm", Kvm(host));
        var exporter = Timed("exporter", ExporterFacts());
        var providers = Timed("providers", ProviderFacts.Collect(query));
        var prot = Timed("prot", BtfEnum.Read("/sys/kernel/btf/vmlinux", "kvm_pgtable_prot"));
        return Fields.Of(
            ("kernel", kernel),
            ("cpu", cpu),
            ("platform", Platform()),
            ("euid", Libc.geteuid()),
            ("memoryAvailableKiB", memory),
            ("swapFreeKiB", HostCounters.SwapFreeKiB()),
            ("kvm", kvm),
            ("exporter", exporter),
            (
                "trace",
                Fields.Of(
                    ("available", host.Tracing.Why is null),
                    ("why", host.Tracing.Why),
                    ("events", host.Tracing.Set)
                )
            ),
            ("kmsg", Fields.Of(("errno", host.Log.Errno))),
            ("secretmem", Fields.Of(("errno", SecretmemErrno()))),
            ("userfaultfd", UserFaults()),
            ("poison", Fields.Of(("errno", PoisonedPage.WhyNot()))),
            ("providers", providers),
            ("owner", OwnerFacts.Collect(kernel is Fields known ? known.TextOrNull("release") ?? "" : "")),
            ("prot", prot),
            ("micros", Fields.Of([.. micros]))
        );
    }

    private static Fields Kernel()
    {
        byte* names = stackalloc byte[6 * UtsNameField];
        bool named = Posix.uname(names) == 0;
        int errno = named ? 0 : Libc.Error();
        object Name(int index) =>
            named ? new string((sbyte*)(names + index * UtsNameField)) : Fields.Of(("errno", errno));
        return Fields.Of(
            ("release", Name(2)),
            ("machine", Name(4)),
            ("version", Text("/proc/version")),
            ("buildId", BuildId()),
            ("bootId", Text("/proc/sys/kernel/random/boot_id")),
            ("cmdline", Text("/proc/cmdline")),
            ("pageSize", Libc.getpagesize()),
            ("cpus", Environment.ProcessorCount),
            ("log", BootLog())
        );
    }

    /// <summary>
    /// The lines of the first processor in /proc/cpuinfo with its model and features, and the differences among the
    /// CPUs.
    /// </summary>
    private static object Cpu()
    {
        string? text = SmallFile.ReadText("/proc/cpuinfo", out int errno);
        if (text is null)
            return Fields.Of(("errno", errno));
        var found = new List<(string, object?)>();
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':');
            if (colon < 0 && found.Count > 0)
                break;
            if (line.StartsWith("CPU ", StringComparison.Ordinal) && colon > 0)
                found.Add((line.Substring(4, colon - 4).Trim(), line.Substring(colon + 1).Trim()));
            else if (line.StartsWith("Features", StringComparison.Ordinal) && colon > 0)
                found.Add(("features", line.Substring(colon + 1).Trim()));
        }
        found.Add(("models", Models()));
        found.Add(("registers", OwnRegisters.Read(Machine())));
        return Fields.Of([.. found]);
    }

    /// <summary>The values of MIDR_EL1 of the online CPUs: more than one on big.LITTLE machines.</summary>
    private static object Models()
    {
        var values = new List<string>();
        int errno = 0;
        for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++)
        {
            string? midr = SmallFile
                .ReadText($"/sys/devices/system/cpu/cpu{cpu}/regs/identification/midr_el1", out int failed)
                ?.Trim();
            if (midr is null)
                errno = failed;
            else if (!values.Contains(midr))
                values.Add(midr);
        }
        return values.Count > 0 ? values : Fields.Of(("errno", errno));
    }

    /// <summary>
    /// The machine's model in the firmware: by device tree and by SMBIOS; most hosts have one of them.
    /// </summary>
    private static Fields Platform() =>
        Fields.Of(
            (
                "compatible",
                SmallFile
                    .ReadText("/sys/firmware/devicetree/base/compatible", out int tree)
                    ?.TrimEnd('\0')
                    .Replace('\0', ' ')
                    ?? (object)Fields.Of(("errno", tree))
            ),
            ("vendor", Text("/sys/class/dmi/id/sys_vendor")),
            ("product", Text("/sys/class/dmi/id/product_name")),
            ("version", Text("/sys/class/dmi/id/product_version"))
        );

    /// <summary>uname -m.</summary>
    public static string Machine()
    {
        byte* names = stackalloc byte[6 * UtsNameField];
        return Posix.uname(names) == 0 ? new string((sbyte*)(names + 4 * UtsNameField)) : "";
    }

    private static object Memory()
    {
        string? text = SmallFile.ReadText("/proc/meminfo", out int errno);
        if (text is null)
            return Fields.Of(("errno", errno));
        foreach (string line in text.Split('\n'))
            if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                return long.Parse(line.Substring("MemAvailable:".Length).Replace("kB", "").Trim());
        return Fields.Of(("errno", Posix.ENOENT));
    }

    private static Fields Kvm(Host host)
    {
        if (host.Kvm(out int errno) is not { } kvm)
            return Fields.Of(("errno", errno));
        using var vm = kvm.CreateVm(Host.VmType(kvm), out int vmErrno);
        var system = new (string, object?)[Capabilities.Length];
        var ofVm = new (string, object?)[Capabilities.Length];
        for (int i = 0; i < Capabilities.Length; i++)
        {
            string name = Capabilities[i].ToString();
            system[i] = (name, Value(kvm.CheckExtension(Capabilities[i])));
            ofVm[i] = (name, vm is null ? Fields.Of(("errno", vmErrno)) : Value(vm.CheckExtension(Capabilities[i])));
        }
        return Fields.Of(
            ("errno", 0),
            ("apiVersion", Value(kvm.ApiVersion())),
            ("vcpuMapSize", Value(kvm.VcpuMapSize())),
            ("vmErrno", vmErrno),
            ("system", Fields.Of(system)),
            ("vm", Fields.Of(ofVm)),
            ("registers", vm is null ? Fields.Of(("errno", vmErrno)) : Registers(vm, kvm.VcpuMapSize()))
        );
    }

    /// <summary>
    /// What memfd_secret(2) returns: ENOSYS if it is compiled out, disabled or the linear map uses blocks.
    /// </summary>
    private static int SecretmemErrno()
    {
        int fd = Paths.MemfdSecret();
        if (fd < 0)
            return -fd;
        Libc.close(fd);
        return 0;
    }

    private static Fields UserFaults()
    {
        int fd = UserFaultHandler.Open(0, out ulong features);
        if (fd < 0)
            return Fields.Of(("errno", -fd));
        Libc.close(fd);
        return Fields.Of(("errno", 0), ("features", (long)features));
    }

    /// <summary>The ID registers of a vCPU in a scratch VM.</summary>
    private static Fields Registers(KvmVm vm, int mapSize)
    {
        using var vcpu = vm.CreateVcpu(0, mapSize, out int errno);
        if (vcpu is null)
            return Fields.Of(("errno", errno));
        errno = vm.PreferredTarget(out var init);
        if (errno == 0)
            errno = vcpu.Init(init);
        if (errno != 0)
            return Fields.Of(("errno", errno));
        var read = new (string, object?)[IdRegisters.Length];
        for (int i = 0; i < read.Length; i++)
        {
            errno = vcpu.GetOneReg(KvmRegister.ByName(IdRegisters[i]), out ulong value);
            read[i] = (IdRegisters[i], errno == 0 ? value : Fields.Of(("errno", errno)));
        }
        return Fields.Of(read);
    }

    private static Fields ExporterFacts()
    {
        int fd = Paths.Open(Exporter.Device, O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return Fields.Of(("errno", -fd));
        int errno = Exporter.Facts(fd, out var f);
        Libc.close(fd);
        return errno != 0
            ? Fields.Of(("errno", errno))
            : Fields.Of(
                ("errno", 0),
                ("abi", f.Abi),
                ("pageSize", f.PageSize),
                ("unknownBase", f.UnknownBase),
                ("unknownSize", f.UnknownSize),
                ("currentEl", f.CurrentEl),
                ("protectedMode", f.ProtectedMode != 0),
                ("canWalk", f.CanWalk != 0),
                ("hugePfns", f.HugePfns != 0),
                ("canHotplug", f.CanHotplug != 0),
                ("hotplugSize", f.HotplugSize),
                ("hasDax", f.HasDax != 0),
                ("daxSize", f.DaxSize),
                (
                    "registers",
                    Fields.Of(
                        ("ctr_el0", f.CtrEl0),
                        ("id_aa64mmfr0_el1", f.Mmfr0),
                        ("id_aa64mmfr1_el1", f.Mmfr1),
                        ("id_aa64mmfr2_el1", f.Mmfr2),
                        ("id_aa64pfr1_el1", f.Pfr1)
                    )
                )
            );
    }

    /// <summary>The kernel's messages about its CPU features and KVM, if they are still in its log.</summary>
    private static object BootLog()
    {
        int size = Posix.klogctl(Posix.SYSLOG_ACTION_SIZE_BUFFER, null, 0);
        if (size < 0)
            return Fields.Of(("errno", Libc.Error()));
        var bytes = new byte[size];
        int got;
        fixed (byte* start = bytes)
            got = Posix.klogctl(Posix.SYSLOG_ACTION_READ_ALL, start, size);
        if (got < 0)
            return Fields.Of(("errno", Libc.Error()));
        var kept = new List<string>();
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, got).Split('\n'))
        {
            // "<6>[    0.000000] text"
            int text = line.IndexOf("] ", StringComparison.Ordinal) + 2;
            // If the first line of the boot is there, nothing of the log has been overwritten yet.
            if (
                text >= 2
                && (
                    line.Contains("CPU features:")
                    || line.Contains("kvm [")
                    || line.Contains("stage2")
                    || line.Contains("hypervisor services")
                    || line.Contains("SMCCC")
                    || line.Contains("Booting Linux on physical CPU")
                )
            )
                kept.Add(line.Substring(text));
        }
        return kept;
    }

    /// <summary>The GNU build id among the kernel's ELF notes, in hex.</summary>
    private static object BuildId()
    {
        var notes = SmallFile.ReadBytes("/sys/kernel/notes", out int errno);
        if (notes is null)
            return Fields.Of(("errno", errno));
        // Elf64_Nhdr: n_namesz, n_descsz, n_type, then name and description, each padded to four bytes.
        for (int at = 0; at + 12 <= notes.Length; )
        {
            int nameSize = BitConverter.ToInt32(notes, at);
            int size = BitConverter.ToInt32(notes, at + 4);
            int description = at + 12 + (nameSize + 3 & ~3);
            if (nameSize < 0 || size < 0 || size > notes.Length || description > notes.Length - size)
                break;
            if (BitConverter.ToInt32(notes, at + 8) == GnuBuildId && nameSize == 4 && notes[at + 12] == 'G')
                return Hex(notes, description, size);
            at = description + (size + 3 & ~3);
        }
        return Fields.Of(("errno", Posix.ENOENT));
    }

    private static string Hex(byte[] bytes, int start, int count)
    {
        var text = new StringBuilder(count * 2);
        for (int i = start; i < start + count; i++)
            text.Append("0123456789abcdef"[bytes[i] >> 4]).Append("0123456789abcdef"[bytes[i] & 15]);
        return text.ToString();
    }

    private static object Text(string path) =>
        SmallFile.ReadText(path, out int errno)?.Trim() ?? (object)Fields.Of(("errno", errno));

    private static object Value(int result) => result < 0 ? Fields.Of(("errno", -result)) : result;
}
