using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Tests.Kvm;

/// <summary>Every call reaches the kernel and returns its errno: EBADF for an invalid descriptor.</summary>
public sealed unsafe class BadDescriptorTests
{
    private const ulong Vector = 0x6040_0000_0010_0054; // v0, a core register of 128 bits

    [Test]
    public void System_ioctls_on_a_bad_descriptor_fail_with_EBADF()
    {
        using var kvm = new KvmSystem(-1);

        Assert.That(kvm.ApiVersion(), Is.EqualTo(-EBADF));
        Assert.That(kvm.CheckExtension(KvmConstants.KVM_CAP_USER_MEMORY), Is.EqualTo(-EBADF));
        Assert.That(kvm.VcpuMapSize(), Is.EqualTo(-EBADF));
        Assert.That(kvm.CreateVm(0, out int errno), Is.Null);
        Assert.That(errno, Is.EqualTo(EBADF));
    }

    [Test]
    public void VM_ioctls_on_a_bad_descriptor_fail_with_EBADF()
    {
        using var vm = new KvmVm(-1);

        Assert.That(vm.CheckExtension(KvmConstants.KVM_CAP_USER_MEMORY), Is.EqualTo(-EBADF));
        Assert.That(vm.IsDead(), Is.False, "EBADF is not EIO");
        Assert.That(vm.EnableCap(KvmConstants.KVM_CAP_ARM_MTE, 0), Is.EqualTo(EBADF));
        Assert.That(vm.SetUserMemoryRegion(default), Is.EqualTo(EBADF));
        Assert.That(vm.SetUserMemoryRegion2(default), Is.EqualTo(EBADF));
        Assert.That(vm.CreateGuestMemfd(4096, 0), Is.EqualTo(-EBADF));
        Assert.That(vm.GetDirtyLog(0, new ulong[1]), Is.EqualTo(EBADF));
        Assert.That(vm.ClearDirtyLog(0, 0, 1, new ulong[1]), Is.EqualTo(EBADF));
        Assert.That(vm.ResetDirtyRings(), Is.EqualTo(-EBADF));
        Assert.That(vm.GetRegWritableMasks(out var masks), Is.EqualTo(EBADF));
        Assert.That(masks, Has.Length.EqualTo(KvmConstants.KVM_ARM_FEATURE_ID_RANGE_SIZE).And.All.Zero);
        Assert.That(vm.PreferredTarget(out _), Is.EqualTo(EBADF));
        Assert.That(vm.CreateVcpu(0, 4096, out int errno), Is.Null);
        Assert.That(errno, Is.EqualTo(EBADF));
    }

    [Test]
    public void VCPU_ioctls_on_a_bad_descriptor_fail_with_EBADF()
    {
        KvmRunPage page = default;
        var vcpu = new KvmVcpu(-1, &page, sizeof(KvmRunPage));

        Assert.That(vcpu.Init(default), Is.EqualTo(EBADF));
        Assert.That(vcpu.GetOneReg(KvmRegister.ByName("pc"), out _), Is.EqualTo(EBADF));
        Assert.That(vcpu.SetOneReg(KvmRegister.ByName("pc"), 0), Is.EqualTo(EBADF));
        Assert.That(vcpu.GetOneReg(Vector, new byte[16]), Is.EqualTo(EBADF));
        Assert.That(vcpu.SetOneReg(Vector, new byte[16]), Is.EqualTo(EBADF));
        Assert.That(vcpu.Settle(), Is.EqualTo(EBADF));
        Assert.That(page.ImmediateExit, Is.Zero, "or no later run would run");
        Assert.That(vcpu.GetRegList(out var ids), Is.EqualTo(EBADF));
        Assert.That(ids, Is.Empty);
        Assert.That(vcpu.Run(1000, out bool timedOut), Is.EqualTo(EBADF));
        Assert.That(timedOut, Is.False);
    }

    [TestCase(8)]
    [TestCase(32)]
    public void A_register_is_not_read_into_fewer_bytes_than_it_has_nor_written_from_more(int bytes)
    {
        KvmRunPage page = default;
        var vcpu = new KvmVcpu(-1, &page, sizeof(KvmRunPage));

        Assert.That(
            () => vcpu.GetOneReg(Vector, new byte[bytes]),
            Throws.ArgumentException.With.Message.Contains($"has 16 bytes, not {bytes}")
        );
        Assert.That(() => vcpu.SetOneReg(Vector, new byte[bytes]), Throws.ArgumentException);
    }

    [Test]
    public void A_failing_KVM_RUN_reports_no_exit_of_an_earlier_run()
    {
        var page = new KvmRunPage { ExitReason = KvmConstants.KVM_EXIT_MMIO };
        var vcpu = new KvmVcpu(-1, &page, sizeof(KvmRunPage));

        vcpu.Run(1000, out _);

        Assert.That(vcpu.Exit, Is.EqualTo(KvmConstants.KVM_EXIT_UNKNOWN));
        Assert.That(
            page.ExitReason,
            Is.EqualTo(KvmConstants.KVM_EXIT_MMIO),
            "the kernel needs it to complete the access"
        );
    }

    [Test]
    public void A_disposed_object_is_a_bad_descriptor_and_closes_nothing_twice()
    {
        int fd = Paths.Open("/dev/null", O_RDWR | O_CLOEXEC);
        var vm = new KvmVm(fd);

        vm.Dispose();
        int again = Paths.Open("/dev/null", O_RDWR | O_CLOEXEC);
        vm.Dispose();

        Assert.That(vm.PreferredTarget(out _), Is.EqualTo(EBADF));
        using var opened = new KvmVm(again);
        Assert.That(opened.PreferredTarget(out _), Is.EqualTo(25), "ENOTTY: open, and no VM");
    }
}
