using Harness.Targets.Qemu;

namespace Harness.Targets.Tests;

public class QemuCommandLineTests
{
    private static readonly QemuSpec Spec = new("/img/Image", "/img/initrd", "max,pauth-impdef=on");

    [Test]
    public void Every_flag_has_its_reason() =>
        Assert.That(QemuCommandLine.Flags(Spec, "/r/qmp", "/r/console").Select(f => f.Reason), Has.All.Not.Empty);

    [Test]
    public void The_kernel_gets_less_memory_than_the_machine_has_and_the_rest_is_named()
    {
        Assert.That(
            QemuCommandLine.KernelCommandLine(Spec),
            Is.EqualTo(
                "console=ttyAMA0 panic=-1 mem=1536M harness.unknown=0xA0000000,0x10000000 "
                    + "harness.dax=0xB0000000,0x4000000 harness.hotplug=0xB8000000,0x8000000"
            )
        );
        Assert.That(
            QemuCommandLine.KernelCommandLine(Spec with { KnownMemoryMiB = null, KernelArguments = ["a=b"] }),
            Is.EqualTo("console=ttyAMA0 panic=-1 a=b")
        );
    }

    [Test]
    public void The_unknown_range_ends_with_the_machines_memory() =>
        Assert.That((Spec with { MemoryMiB = 1600 }).Unknown, Is.EqualTo(new UnknownMemory(0xA000_0000, 64 << 20)));

    /// <summary>Each within the machine's memory, after the one before it, and aligned as its use requires.</summary>
    [TestCase(2048, 2, 64, 128)]
    [TestCase(1984, 2, 64, null)]
    [TestCase(1600, 2, null, null)]
    [TestCase(2048, 32, 64, 128)]
    public void Memory_is_left_for_DAX_and_for_a_memory_block_or_there_is_none(int all, int block, int? dax, int? plug)
    {
        var spec = Spec with { MemoryMiB = all, BlockMiB = block };
        Assert.That((spec.Dax?.Size, spec.Hotplug?.Size), Is.EqualTo(((ulong?)dax << 20, (ulong?)plug << 20)));
        ulong end = spec.Unknown!.Start + spec.Unknown.Size;
        foreach (var (range, align) in new[] { (spec.Dax, (ulong)block << 20), (spec.Hotplug, 128ul << 20) })
        {
            if (range is null)
                continue;
            Assert.That(range.Start, Is.GreaterThanOrEqualTo(end));
            Assert.That(range.Start % align, Is.Zero);
            end = range.Start + range.Size;
            Assert.That(end, Is.LessThanOrEqualTo(0x4000_0000ul + ((ulong)all << 20)));
        }
    }

    [Test]
    public void A_machine_without_memory_left_for_the_unknown_range_is_refused() =>
        Assert.That(() => QemuCommandLine.Flags(Spec with { MemoryMiB = 1536 }, "/q", "/c"), Throws.ArgumentException);

    [Test]
    public void Ssh_is_open_to_this_machine_alone_and_the_guest_reaches_no_other_host()
    {
        var netdev = QemuCommandLine.Flags(Spec, "/q", "/c").Single(f => f.Name == "-netdev").Value;
        Assert.That(netdev, Does.Contain("restrict=on").And.Contains("hostfwd=tcp:127.0.0.1:0-:22"));
    }

    [Test]
    public void The_machine_has_what_is_added_to_it_after_what_it_always_has()
    {
        var flags = QemuCommandLine.Flags(Spec with { MachineOptions = ["mte=on"] }, "/q", "/c");
        Assert.That(
            flags.Single(f => f.Name == "-machine").Value,
            Is.EqualTo("virt,virtualization=on,gic-version=3,iommu=smmuv3,mte=on")
        );
    }

    [Test]
    public void A_restored_machine_loads_no_kernel_and_keeps_its_writes_to_itself()
    {
        var flags = QemuCommandLine.Flags(
            Spec with
            {
                MemoryFile = new MemoryFile("/s/memory", Restored: true),
            },
            "/q",
            "/c"
        );
        Assert.That(
            flags.Select(f => f.Name),
            Has.No.Member("-kernel").And.No.Member("-initrd").And.No.Member("-append")
        );
        Assert.That(
            QemuCommandLine.Arguments(flags),
            Does.Contain("memory-backend-file,id=ram,size=2048M,mem-path=/s/memory,share=off").And.Contain("defer")
        );
    }

    [Test]
    public void A_machine_that_is_saved_boots_with_its_memory_in_the_file()
    {
        var flags = QemuCommandLine.Flags(
            Spec with
            {
                MemoryFile = new MemoryFile("/s/memory", Restored: false),
            },
            "/q",
            "/c"
        );
        Assert.That(flags.Select(f => f.Name), Does.Contain("-kernel").And.No.Member("-incoming"));
        Assert.That(
            QemuCommandLine.Arguments(flags),
            Does.Contain("memory-backend-file,id=ram,size=2048M,mem-path=/s/memory,share=on")
        );
        Assert.That(flags.Single(f => f.Name == "-machine").Value, Does.Contain(",memory-backend=ram"));
    }

    [Test]
    public void A_comma_in_a_path_does_not_become_an_option() =>
        Assert.That(
            QemuCommandLine.Arguments(QemuCommandLine.Flags(Spec, "/a,b/qmp", "/a,b/c")),
            Does.Contain("file,id=console,path=/a,,b/c").And.Contain("socket,id=qmp,path=/a,,b/qmp,server=on,wait=off")
        );

    [Test]
    public void The_forwarded_port_is_read_from_qemus_words()
    {
        // "info usernet" of QEMU 10.0.2, with an open connection beside the listener.
        const string said =
            "Hub -1 (n0):\r\n"
            + "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
            + "  TCP[ESTABLISHED]  14       127.0.0.1 50112       10.0.2.15    22     0     0\r\n"
            + "  TCP[HOST_FORWARD]   3       127.0.0.1 45385       10.0.2.15    22     0     0\r\n";
        Assert.That(QemuText.ForwardedPort(said), Is.EqualTo(45385));
        Assert.That(() => QemuText.ForwardedPort("unknown command"), Throws.TypeOf<FormatException>());
    }
}
