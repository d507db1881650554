using System.Globalization;
using System.Text;
using Harness.Probe.Native;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>What the host's owner has set up and runs there: it is read, and never changed.</summary>
/// <remarks>
/// "settings" {thp, thpDefrag, thpShmem, ksm, overcommit}; "lockdown"; "signedModules" (sig_enforce: Y or N); "headers"
/// {errno} of the kernel's build folder; "machines", the processes with VMs, or {errno} where debugfs can't be read;
/// "gpus", of each PCI device of NVIDIA's that is a GPU or a memory device: {address, device, class, driver, bars,
/// linkSpeed, linkWidth, memory}, "memory" being the ACPI tables that name its coherent memory.
/// </remarks>
internal static unsafe class OwnerFacts
{
    private const string Devices = "/sys/bus/pci/devices";
    private const string Tables = "/sys/firmware/acpi/tables";
    private const string Nvidia = "0x10de";

    private static readonly string[] MemoryProperties =
    [
        "nvidia,gpu-mem-base-pa",
        "nvidia,gpu-mem-size",
        "nvidia,egm-base-pa",
        "nvidia,egm-size",
        "nvidia,egm-pxm",
    ];

    public static Fields Collect(string release) =>
        Fields.Of(
            (
                "settings",
                Fields.Of(
                    ("thp", Text("/sys/kernel/mm/transparent_hugepage/enabled")),
                    ("thpDefrag", Text("/sys/kernel/mm/transparent_hugepage/defrag")),
                    ("thpShmem", Text("/sys/kernel/mm/transparent_hugepage/shmem_enabled")),
                    ("ksm", Text("/sys/kernel/mm/ksm/run")),
                    ("overcommit", Text("/proc/sys/vm/overcommit_memory"))
                )
            ),
            ("lockdown", Text("/sys/kernel/security/lockdown")),
            ("signedModules", Text("/sys/module/module/parameters/sig_enforce")),
            ("headers", Fields.Of(("errno", Errno($"/lib/modules/{release}/build/Makefile")))),
            ("machines", Machines()),
            ("gpus", Gpus())
        );

    /// <summary>
    /// Of each VM there is a folder TID-FD, with the thread that created it (kvm_create_vm_debugfs(),
    /// virt/kvm/kvm_main.c). This probe and its workers don't count: they are the same program.
    /// </summary>
    private static object Machines()
    {
        if (Folders.Names("/sys/kernel/debug/kvm") is not { } names)
            return Fields.Of(("errno", Posix.ENOENT));
        var owners = new HashSet<string>(StringComparer.Ordinal);
        string? own = Folders.Link("/proc/self/exe");
        foreach (string name in names)
        {
            int dash = name.IndexOf('-');
            if (dash <= 0 || !char.IsDigit(name[0]))
                continue;
            string thread = name.Substring(0, dash);
            // A thread that has ended has no program; its VM goes with its last reference.
            if (Folders.Link($"/proc/{thread}/exe") is { } program && program != own && Owner(thread) is { } owner)
                owners.Add(owner);
        }
        return owners.Count;
    }

    /// <summary>The process of a thread; null if it has ended.</summary>
    private static string? Owner(string thread)
    {
        const string name = "Tgid:";
        foreach (string line in SmallFile.ReadText($"/proc/{thread}/status", out _)?.Split('\n') ?? [])
            if (line.StartsWith(name, StringComparison.Ordinal))
                return line.Substring(name.Length).Trim();
        return null;
    }

    private static object Gpus()
    {
        var found = new List<object?>();
        object? memory = null;
        foreach (string address in Folders.Names(Devices) ?? [])
        {
            string folder = $"{Devices}/{address}/";
            if (SmallFile.ReadText(folder + "vendor", out _)?.Trim() != Nvidia)
                continue;
            string? kind = SmallFile.ReadText(folder + "class", out _)?.Trim();
            // Display controllers, and processing accelerators.
            if (
                kind?.StartsWith("0x03", StringComparison.Ordinal) != true
                && kind?.StartsWith("0x12", StringComparison.Ordinal) != true
            )
                continue;
            memory ??= Memory();
            found.Add(
                Fields.Of(
                    ("address", address),
                    ("device", Text(folder + "device")),
                    ("class", kind),
                    ("driver", Folders.Link(folder + "driver")),
                    ("bars", Text(folder + "resource")),
                    ("linkSpeed", Text(folder + "current_link_speed")),
                    ("linkWidth", Text(folder + "current_link_width")),
                    ("memory", memory)
                )
            );
        }
        return found;
    }

    /// <summary>"SSDT3: nvidia,gpu-mem-base-pa" for each table with the name of a property; or an errno.</summary>
    private static object Memory()
    {
        if (Folders.Names(Tables) is not { } tables)
            return Fields.Of(("errno", Posix.ENOENT));
        var found = new List<object?>();
        int errno = 0;
        foreach (string table in tables)
        {
            if (
                !table.StartsWith("DSDT", StringComparison.Ordinal)
                && !table.StartsWith("SSDT", StringComparison.Ordinal)
            )
                continue;
            if (SmallFile.ReadBytes($"{Tables}/{table}", out int failed) is not { } bytes)
            {
                errno = failed;
                continue;
            }
            foreach (string property in MemoryProperties)
                if (bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(property)) >= 0)
                    found.Add($"{table}: {property}");
        }
        return found.Count == 0 && errno != 0 ? Fields.Of(("errno", errno)) : found;
    }

    private static int Errno(string path)
    {
        SmallFile.ReadText(path, out int errno);
        return errno;
    }

    private static object Text(string path) =>
        SmallFile.ReadText(path, out int errno)?.Trim() ?? (object)Fields.Of(("errno", errno));
}
