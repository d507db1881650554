using System.Text.Json.Serialization;

namespace Harness.Protocol;

/// <summary>
/// The probe's own process loads, or stores, the 32-bit word at mapping + offset, with one plain instruction. If the
/// kernel sends a signal, that is an observation, with an errno of 0. ENOSYS on CPUs other than arm64 and x86-64.
/// </summary>
/// <param name="Map">A mapping with any protection, not unmapped.</param>
/// <param name="Offset">A multiple of 4 inside the mapping, in bytes.</param>
/// <param name="Store">The word to store; null loads.</param>
public sealed record TouchStep(string Map, ulong Offset, uint? Store = null) : Step<TouchResult>(OnError.Continue);

/// <param name="Value">The word loaded or stored.</param>
/// <param name="Signal">The signal instead: SIGBUS is 7, SIGSEGV 11.</param>
/// <param name="Code">si_code: SEGV_MAPERR is 1 and SEGV_ACCERR 2, BUS_ADRERR is 2.</param>
/// <param name="Address">si_addr.</param>
public sealed record TouchResult(uint? Value = null, int? Signal = null, int? Code = null, ulong? Address = null)
    : StepResult;

/// <summary>
/// write(2) of the 32-bit word at mapping + offset into a pipe, which reads it by the kernel's copy_from_user().
/// </summary>
/// <param name="Map">As for <see cref="TouchStep"/>.</param>
/// <param name="Offset">As for <see cref="TouchStep"/>.</param>
public sealed record CopyStep(string Map, ulong Offset) : Step<CopyResult>(OnError.Continue);

/// <param name="Value">The word.</param>
public sealed record CopyResult(uint? Value = null) : StepResult;

/// <summary>
/// pread(2) of the 32-bit word at mapping + offset from /proc/self/mem: the kernel pins the page and reads it through
/// its own mapping.
/// </summary>
/// <param name="Map">As for <see cref="TouchStep"/>.</param>
/// <param name="Offset">As for <see cref="TouchStep"/>.</param>
public sealed record PeekStep(string Map, ulong Offset) : Step<PeekResult>(OnError.Continue);

/// <param name="Value">The word, if all four bytes were read.</param>
/// <param name="Count">How many bytes were read, if fewer.</param>
public sealed record PeekResult(uint? Value = null, long? Count = null) : StepResult;

/// <summary>Reads the counters that must return to their old values after everything is closed.</summary>
public sealed record CountersStep() : Step<CountersResult>(OnError.Continue)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsHostAlone => true;
}

/// <summary>A counter that can't be read is omitted.</summary>
/// <param name="Vms">
/// The existing VMs that this process created, including one that the probe keeps open (as in /sys/kernel/debug/kvm,
/// PID-FD: a VM that outlives its descriptor is counted until another gets that number; debugfs is mounted if
/// necessary).
/// </param>
/// <param name="Orphans">On the host: the VMs of processes that have exited or are exiting.</param>
/// <param name="Descriptors">Of this process.</param>
/// <param name="Mappings">
/// The areas of /proc/self/maps that belong to files created by a program (memfds, secret memory, guest_memfds, vCPUs,
/// the exporter) or that are in the region of aligned mappings; the runtime's own areas vary.
/// </param>
/// <param name="MlockedKiB">Of the host, /proc/meminfo, as the next four.</param>
/// <param name="UnevictableKiB">Of the host.</param>
/// <param name="SecPageTablesKiB">Of the host.</param>
/// <param name="ShmemKiB">Of the host.</param>
/// <param name="FreeKiB">Of the host.</param>
/// <param name="Files">The open files of the host, /proc/sys/fs/file-nr.</param>
/// <param name="UncountedKiB">
/// Of the host: what is neither free nor in any other line of /proc/meminfo, such as pages that nothing uses but that
/// still have a reference, and pages of drivers.
/// </param>
public sealed record CountersResult(
    long? Vms = null,
    long? Orphans = null,
    long? Descriptors = null,
    long? Mappings = null,
    long? MlockedKiB = null,
    long? UnevictableKiB = null,
    long? SecPageTablesKiB = null,
    long? ShmemKiB = null,
    long? FreeKiB = null,
    long? Files = null,
    long? UncountedKiB = null
) : StepResult;
