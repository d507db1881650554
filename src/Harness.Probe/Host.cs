using Harness.Probe.Kvm;

namespace Harness.Probe;

/// <summary>What a worker keeps open between programs.</summary>
internal sealed class Host(Tracing tracing, KernelLog log)
{
    private const int CapIpaSize = 165; // KVM_CAP_ARM_VM_IPA_SIZE
    private const int UsualIpaBits = 40; // KVM_PHYS_SHIFT

    private KvmSystem? _kvm;
    private KvmVm? _keeper;

    private RunThread? _runThread;

    /// <summary>A second thread for guests, started when it is first needed.</summary>
    public RunThread RunThread => _runThread ??= new RunThread();

    public Tracing Tracing { get; } = tracing;

    public KernelLog Log { get; } = log;

    /// <summary>KVM_GET_VCPU_MMAP_SIZE in bytes; 0 before /dev/kvm was opened.</summary>
    public int VcpuMapSize { get; private set; }

    /// <summary>/dev/kvm; null with the errno if it can't be opened.</summary>
    public KvmSystem? Kvm(out int errno)
    {
        errno = 0;
        if (_kvm is null)
        {
            _kvm = KvmSystem.Open(out errno);
            VcpuMapSize = _kvm?.VcpuMapSize() ?? 0;
            // While a VM exists, the next one finds KVM's static keys enabled; without one, every program makes the
            // kernel patch its own text twice (preempt_notifier_inc and _dec in virt/kvm), with all processors stopped.
            _keeper = _kvm?.CreateVm(VmType(_kvm), out _);
        }
        return _kvm;
    }

    /// <summary>
    /// The type of a VM with the default IPA size: 0 means 40 bits, which a host that supports less refuses.
    /// </summary>
    public static ulong VmType(KvmSystem kvm) =>
        kvm.CheckExtension(CapIpaSize) is > 0 and < UsualIpaBits and var bits ? (ulong)bits : 0;
}
