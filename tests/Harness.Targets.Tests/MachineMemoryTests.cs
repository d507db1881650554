using Harness.Targets.Qemu;

namespace Harness.Targets.Tests;

public class MachineMemoryTests
{
    [TestCase(4, 2048, 1536, 16, 2)]
    [TestCase(16, 2048, 1536, 64, 32)]
    [TestCase(64, 5632, 3072, 1024, 512)]
    public void A_machine_s_memory_grows_with_its_kernel_s_pages(int pageKiB, int all, int kernel, int pci, int block)
    {
        var memory = MachineMemory.For(2048, 1536, pageKiB);

        Assert.That((memory.All, memory.OfKernel, memory.OfPci, memory.Block), Is.EqualTo((all, kernel, pci, block)));
        Assert.That(memory.Movable > 0, Is.EqualTo(pageKiB == 64));
    }

    [Test]
    public void With_pages_of_64_KiB_each_hidden_range_begins_at_a_block_and_two_have_two()
    {
        var memory = MachineMemory.For(2048, 1536, 64);
        var spec = new QemuSpec("/kernel", "/initrd", "max")
        {
            MemoryMiB = memory.All,
            KnownMemoryMiB = memory.OfKernel,
            BlockMiB = memory.Block,
        };

        Assert.That(spec.Unknown, Is.EqualTo(new UnknownMemory(0x1_0000_0000, 0x4000_0000)));
        Assert.That(spec.Dax, Is.EqualTo(new UnknownMemory(0x1_4000_0000, 0x4000_0000)));
        Assert.That(spec.Hotplug, Is.EqualTo(new UnknownMemory(0x1_8000_0000, 0x2000_0000)));
        Assert.That(memory.All, Is.LessThan(6 << 10));
    }

    [Test]
    public void More_memory_than_is_needed_stays_as_configured()
    {
        var memory = MachineMemory.For(16384, 8192, 64);

        Assert.That((memory.All, memory.OfKernel), Is.EqualTo((16384, 8192)));
    }
}
