using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Tests.Kvm;

/// <summary>KVM_RUN and its alarm. The x86 tests use the build machine's own KVM if there is one.</summary>
public sealed unsafe class RunTests
{
    private const int PageSize = 4096;

    [TestCase(0, KvmConstants.KVM_EXIT_MMIO, ExpectedResult = KvmConstants.KVM_EXIT_MMIO)]
    [TestCase(EFAULT, KvmConstants.KVM_EXIT_MEMORY_FAULT, ExpectedResult = KvmConstants.KVM_EXIT_MEMORY_FAULT)]
    [TestCase(EHWPOISON, KvmConstants.KVM_EXIT_MEMORY_FAULT, ExpectedResult = KvmConstants.KVM_EXIT_MEMORY_FAULT)]
    [TestCase(EFAULT, KvmConstants.KVM_EXIT_MMIO, ExpectedResult = KvmConstants.KVM_EXIT_UNKNOWN)]
    [TestCase(EINTR, KvmConstants.KVM_EXIT_MMIO, ExpectedResult = KvmConstants.KVM_EXIT_INTR)]
    [TestCase(EIO, KvmConstants.KVM_EXIT_MEMORY_FAULT, ExpectedResult = KvmConstants.KVM_EXIT_UNKNOWN)]
    public uint The_exit_of_a_run_is_told_from_what_an_earlier_one_left(int errno, uint inPage) =>
        KvmVcpu.ExitAfter(errno, inPage);

    [TestCase(0)]
    [TestCase(-1)]
    public void A_run_without_time_is_refused(int timeoutMs)
    {
        KvmRunPage page = default;
        var vcpu = new KvmVcpu(-1, &page, sizeof(KvmRunPage));

        Assert.That(() => vcpu.Run(timeoutMs, out _), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void An_alarm_rings_once_and_a_disarmed_one_leaves_nothing_behind() =>
        OnThreadOfItsOwn(() =>
        {
            var alarm = RunAlarm.OfThisThread();
            alarm.Arm(1);
            Assert.That(RunAlarm.Rang, Is.True.After(10_000, 1));
            Assert.That(RunAlarm.Rang(), Is.False, "taken off the queue");

            alarm.Arm(1);
            Assert.That(Pending, Is.True.After(10_000, 1));
            alarm.Disarm();
            Assert.That(Pending(), Is.False, "or the next run would end at once");

            // The alarm's signal is bit 53 of this thread's pending signals.
            static bool Pending() =>
                File.ReadLines("/proc/thread-self/status")
                    .Where(line => line.StartsWith("SigPnd:", StringComparison.Ordinal))
                    .Any(line => (Convert.ToUInt64(line[7..].Trim(), 16) & 1ul << 53) != 0);
        });

    [Test]
    public void A_guest_that_spins_is_interrupted_when_its_time_is_up_and_can_be_run_again() =>
        InX86Guest([0xeb, 0xfe], vcpu =>
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.That(vcpu.Run(20, out bool timedOut), Is.EqualTo(EINTR));
                Assert.That(timedOut, Is.True);
                Assert.That(vcpu.Exit, Is.EqualTo(KvmConstants.KVM_EXIT_INTR));
            }
        });

    [Test]
    public void A_guest_that_stores_where_no_slot_is_exits_with_that_access() =>
        // mov byte [0x1234], 0x5a in real mode, then jmp to itself
        InX86Guest([0xc6, 0x06, 0x34, 0x12, 0x5a, 0xeb, 0xfe], vcpu =>
        {
            Assert.That(vcpu.Run(60_000, out bool timedOut), Is.Zero);
            Assert.That(timedOut, Is.False);
            Assert.That(vcpu.Exit, Is.EqualTo(KvmConstants.KVM_EXIT_MMIO));
            Assert.That(vcpu.Page->MmioAddress, Is.EqualTo(0x1234));
            Assert.That(vcpu.Page->MmioData & 0xff, Is.EqualTo(0x5a));
            Assert.That(vcpu.Page->MmioLength, Is.EqualTo(1));
            Assert.That(vcpu.Page->MmioIsWrite, Is.EqualTo(1));
        });

    [Test]
    public void Another_signal_does_not_end_a_run() => InX86Guest([0xeb, 0xfe], vcpu =>
        {
            using var stop = new CancellationTokenSource();
            // The runtime uses a signal to stop threads for a collection.
            var collector = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                    GC.Collect();
            });

            int errno = vcpu.Run(200, out bool timedOut);
            stop.Cancel();
            collector.Wait();

            Assert.That((errno, timedOut), Is.EqualTo((EINTR, true)));
        });

    [Test]
    public void KVM_RUN_with_immediate_exit_is_not_restarted() => InX86Guest([0xeb, 0xfe], vcpu =>
        {
            vcpu.Page->ImmediateExit = 1;

            Assert.That(vcpu.Run(60_000, out bool timedOut), Is.EqualTo(EINTR));
            Assert.That(timedOut, Is.False);
        });

    [Test]
    public void A_vCPU_can_change_its_thread() => InX86Guest([0xeb, 0xfe], vcpu =>
        {
            vcpu.Run(10, out _);
            OnThreadOfItsOwn(() =>
            {
                Assert.That(vcpu.Run(10, out bool timedOut), Is.EqualTo(EINTR));
                Assert.That(timedOut, Is.True);
            });
        });

    /// <summary>A vCPU in real mode with a first instruction, at 0xfffffff0, that jumps to the code.</summary>
    private static void InX86Guest(byte[] code, Action<KvmVcpu> test)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            Assert.Ignore("the guest is of x86");
        using var kvm = KvmSystem.Open(out int refused);
        if (refused != 0)
            Assert.Ignore($"this machine has no KVM for us: errno {refused}");
        OnThreadOfItsOwn(() =>
        {
            using var vm = kvm!.CreateVm(0, out int errno);
            Assert.That(errno, Is.Zero);
            var memory = (byte*)Libc.mmap(null, PageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            for (int i = 0; i < code.Length; i++)
                memory[0xf00 + i] = code[i];
            // jmp near to 0xff00 in the same segment: CS:IP starts as ffff0000:fff0, and the page is the segment's
            // last.
            memory[0xff0] = 0xe9;
            *(short*)(memory + 0xff1) = 0xf00 - 0xff3;
            Assert.That(
                vm!.SetUserMemoryRegion(
                    new KvmUserspaceMemoryRegion
                    {
                        GuestPhysicalAddress = 0xfffff000,
                        MemorySize = PageSize,
                        UserspaceAddress = (ulong)memory,
                    }
                ),
                Is.Zero
            );
            using (var vcpu = vm.CreateVcpu(0, kvm.VcpuMapSize(), out errno))
            {
                Assert.That(errno, Is.Zero);
                test(vcpu!);
            }
            _ = Libc.munmap(memory, PageSize);
        });
    }

    /// <summary>
    /// The alarm permanently blocks a signal in its thread, which must not be one of the test runner's.
    /// </summary>
    private static void OnThreadOfItsOwn(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }
}
