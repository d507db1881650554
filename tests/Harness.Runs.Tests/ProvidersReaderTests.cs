using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;

namespace Harness.Runs.Tests;

/// <summary>A host's memory providers: each missing one has its reason.</summary>
public class ProvidersReaderTests
{
    private static Fields Bar(
        int index = 2,
        ulong size = 16 << 20,
        bool prefetchable = true,
        int resource = 0,
        int wc = 0,
        int devmem = 0
    ) =>
        Fields.Of(
            ("index", index),
            ("start", 0x80_0000_0000ul),
            ("size", size),
            ("prefetchable", prefetchable),
            ("resource", resource),
            ("resourceWc", wc),
            ("devmem", devmem)
        );

    private static Fields Device(
        int errno = 0,
        string? group = "3",
        bool vfioPci = true,
        int container = 0,
        params Fields[] bars
    ) =>
        errno != 0
            ? Fields.Of(("address", "0000:00:10.0"), ("errno", errno))
            : Fields.Of(
                ("address", "0000:00:10.0"),
                ("errno", 0),
                ("driver", null),
                ("group", group),
                ("vfioPci", vfioPci),
                ("container", container),
                ("bars", bars)
            );

    private static Fields With(Fields device, params (string Name, object? Value)[] facts)
    {
        foreach (var (name, value) in facts)
            device = device.With(name, value);
        return device;
    }

    private static Fields Ivshmem(params (string Name, object? Value)[] facts) =>
        With(
            Device(bars: Bar()),
            [
                ("vendor", "0x1af4"),
                ("device", "0x1110"),
                ("variant", 7),
                ("deviceFiles", true),
                ("iommufd", 0),
                ("resets", true),
                .. facts,
            ]
        );

    private static Fields Pool(int kib, int free = 0) => Fields.Of(("kib", kib), ("total", free), ("free", free));

    private static ProviderAbilities Read(
        Fields[]? pci = null,
        string thp = "[always] madvise never",
        int total = 0,
        int free = 0,
        int file = 0,
        int udmabuf = 0,
        string? flags = "rd wr sh pf de",
        int devmem = 0,
        bool exporter = true,
        bool huge = true,
        bool root = true,
        int machines = 0,
        ulong hotplug = 128 << 20,
        bool canHotplug = true,
        ulong dax = 64 << 20,
        bool hasDax = true,
        int daxErrno = 0,
        Fields[]? pools = null
    ) =>
        ProvidersReader.Read(
            Fields.Of(
                ("owner", Fields.Of(("machines", machines))),
                (
                    "exporter",
                    exporter
                        ? Fields.Of(
                            ("errno", 0),
                            ("unknownBase", 0xa000_0000ul),
                            ("unknownSize", 0x1000_0000ul),
                            ("hugePfns", huge),
                            ("hotplugSize", hotplug),
                            ("canHotplug", canHotplug),
                            ("daxSize", dax),
                            ("hasDax", hasDax)
                        )
                        : Fields.Of(("errno", 2))
                ),
                (
                    "providers",
                    Fields.Of(
                        ("thp", Fields.Of(("enabled", thp), ("size", "2097152"))),
                        ("hugetlb", Fields.Of(("total", total), ("free", free))),
                        ("hugetlbPools", pools ?? [Pool(64), Pool(2048), Pool(32 << 10), Pool(1 << 20, free: 1)]),
                        ("temporary", Fields.Of(("folder", "/var/tmp"), ("errno", file))),
                        ("udmabuf", Fields.Of(("errno", udmabuf), ("flags", flags))),
                        ("devmem", Fields.Of(("errno", devmem))),
                        ("dax", Fields.Of(("errno", daxErrno))),
                        ("pci", pci ?? [Ivshmem()])
                    )
                )
            ),
            exporter,
            root,
            CaseSizes.Usual
        );

    [Test]
    public void The_pool_of_huge_pages_does_not_grow_while_VMs_of_others_run()
    {
        Assert.That(
            Why(Read(machines: 1), Provider.HugeTlb),
            Is.EqualTo(
                "the pool of hugetlb pages is empty there, and to fill it takes memory from the VMs of 1 process"
            )
        );
        Assert.That(Why(Read(machines: 0), Provider.HugeTlb), Is.Null);
        Assert.That(Why(Read(machines: 3, total: 8, free: 2), Provider.HugeTlb), Is.Null);
    }

    [Test]
    public void A_pool_of_larger_pages_than_a_kernel_finds_in_one_piece_is_not_filled()
    {
        Assert.That(
            Why(Read(pools: [Pool(1 << 20)]), Provider.HugeTlbPud),
            Is.EqualTo("the pool of hugetlb pages of 1024 MiB is empty there: they are reserved at boot")
        );
        Assert.That(Why(Read(pools: [Pool(32 << 10)]), Provider.HugeTlbContPmd), Is.Null);
        Assert.That(
            Why(Read(pools: [Pool(64)]), Provider.HugeTlbContPmd),
            Is.EqualTo("there are no hugetlb pages of 32 MiB there")
        );
    }

    [Test]
    public void Only_root_fills_a_pool_and_not_while_VMs_of_others_run()
    {
        Assert.That(
            Why(Read(root: false), Provider.HugeTlbContPte),
            Is.EqualTo("the pool of hugetlb pages of 64 KiB is empty there, and only root can fill it")
        );
        Assert.That(Why(Read(root: false, pools: [Pool(64, free: 64)]), Provider.HugeTlbContPte), Is.Null);
        Assert.That(
            Why(Read(machines: 2), Provider.HugeTlbContPmd),
            Does.EndWith("to fill it takes memory from the VMs of 2 processes")
        );
    }

    private static string? Why(ProviderAbilities read, Provider provider) => read.Lacking.GetValueOrDefault(provider);

    [Test]
    public void A_host_that_has_everything_lacks_nothing()
    {
        var read = Read();
        Assert.That(read.Lacking, Is.Empty);
        Assert.That(
            read.Pci,
            Is.EqualTo(new PciMemory("0000:00:10.0", 2, 0x80_0000_0000, 16 << 20, "3") { Variant = "stage2-vfio" })
        );
        Assert.That(read.WhyNoReset, Is.Null);
        Assert.That(read.TemporaryFolder, Is.EqualTo("/var/tmp"));
        Assert.That(read.Dax, Is.EqualTo(new DaxMemory(64 << 20)));
    }

    [Test]
    public void What_hotplug_and_DAX_lack_is_named()
    {
        Assert.That(Why(Read(hotplug: 0), Provider.Hotplug), Does.Contain("no memory there that can be hot-added"));
        Assert.That(Why(Read(canHotplug: false), Provider.Hotplug), Does.Contain("CONFIG_MEMORY_HOTREMOVE"));
        Assert.That(Why(Read(exporter: false), Provider.Hotplug), Does.Contain("needs the exporter module"));
        Assert.That(Why(Read(dax: 0), Provider.Dax), Does.Contain("no memory there for a device-dax device"));
        Assert.That(Why(Read(hasDax: false), Provider.Dax), Does.Contain("CONFIG_ZONE_DEVICE"));
        Assert.That(
            Why(Read(daxErrno: 2), Provider.Dax),
            Is.EqualTo("/dev/dax2024.0 can't be opened and mapped there: errno 2")
        );
        Assert.That(
            Why(Read(daxErrno: 22), Provider.Dax),
            Is.EqualTo("/dev/dax2024.0 can't be opened and mapped there: errno 22, as without CONFIG_FS_DAX")
        );
        Assert.That(Why(Read(exporter: false), Provider.Dax), Does.Contain("needs the exporter module"));
    }

    [Test]
    public void Facts_of_an_older_probe_say_nothing_of_providers() =>
        Assert.That(
            ProvidersReader.Read(Fields.Empty, exporter: false, root: true, CaseSizes.Usual),
            Is.SameAs(ProviderAbilities.Unasked)
        );

    [Test]
    public void The_largest_prefetchable_BAR_is_taken() =>
        Assert.That(
            Read([Device(bars: [Bar(0, 32 << 20, prefetchable: false), Bar(2, 4 << 20), Bar(4, 8 << 20)])]).Pci?.Bar,
            Is.EqualTo(4)
        );

    [Test]
    public void Without_a_device_there_is_no_BAR_but_dev_mem_has_the_memory_kept_from_the_kernel()
    {
        var read = Read([]);
        Assert.That(Why(read, Provider.Sysfs), Does.Contain("no PCI device is named"));
        Assert.That(Why(read, Provider.Vfio), Does.Contain("no PCI device is named"));
        Assert.That(Why(read, Provider.DevMem), Is.Null);
        Assert.That(read.NotRam, Is.EqualTo((0xa000_0000ul, 0x1000_0000ul)));
        Assert.That(Why(Read([], exporter: false), Provider.DevMem), Does.Contain("that it is not RAM"));
    }

    [TestCase(7, null, null, null)]
    [TestCase(3, null, null, "no such way")]
    [TestCase(1, null, "no such way", "no such way")]
    [TestCase(null, "stage2-vfio is not loaded", "stage2-vfio is not loaded", "stage2-vfio is not loaded")]
    public void A_variant_driver_inserts_pages_as_its_kernel_can(int? bits, string? mmap, string? fault, string? huge)
    {
        var read = Read([Ivshmem(("variant", bits))]);
        foreach (
            var (provider, why) in new[]
            {
                (Provider.Variant, mmap),
                (Provider.VariantFault, fault),
                (Provider.VariantHuge, huge),
            }
        )
            Assert.That(Why(read, provider), why is null ? Is.Null : Does.Contain(why), provider.ToString());
    }

    [Test]
    public void A_GPU_with_its_own_variant_driver_is_used_as_that_maps_it()
    {
        var read = Read([With(Device(bars: Bar()), ("driver", "nvgrace-gpu"))]);
        Assert.That(read.Pci!.Variant, Is.EqualTo(PciMemory.GpuDriver));
        Assert.That(Why(read, Provider.Variant), Is.Null);
        Assert.That(Why(read, Provider.VariantHuge), Does.Contain("as it maps"));
        Assert.That(read.WhyNoReset, Is.EqualTo("nothing can reset PCI device 0000:00:10.0 there"));
    }

    [TestCase("nvidia", "PCI device 0000:00:10.0 has the driver nvidia, not nvgrace-gpu: bind it to that first")]
    [TestCase(null, "PCI device 0000:00:10.0 has no driver: bind it to nvgrace-gpu first")]
    public void A_device_of_another_driver_is_not_taken_from_it(string? driver, string why)
    {
        var read = Read([With(Device(bars: Bar()), ("driver", driver))]);
        foreach (var provider in new[] { Provider.Variant, Provider.VariantFault, Provider.VariantHuge })
            Assert.That(Why(read, provider), Is.EqualTo(why));
        Assert.That(read.Pci!.Variant, Is.Null);
    }

    [TestCase("nvgrace-gpu")]
    [TestCase("vfio-pci")]
    public void A_device_that_a_process_uses_is_left_alone(string driver)
    {
        var read = Read([With(Ivshmem(), ("driver", driver), ("groupBusy", true))]);
        foreach (var provider in new[] { Provider.Variant, Provider.VariantHuge, Provider.Vfio, Provider.VfioDevice })
            Assert.That(Why(read, provider), Does.StartWith("PCI device 0000:00:10.0 is in use"), provider.ToString());
        Assert.That(Why(read, Provider.Sysfs), Is.Null);
    }

    [TestCase("deviceFiles", false, "no files of their own")]
    [TestCase("iommufd", 2, "/dev/iommu can't be opened there: errno 2")]
    [TestCase("vfioPci", false, "vfio-pci is not loaded")]
    public void Without_iommufd_there_is_the_group(string fact, object value, string why) =>
        Assert.That(Why(Read([With(Ivshmem(), (fact, value))]), Provider.VfioDevice), Does.Contain(why));

    [Test]
    public void Missing_packages_are_named()
    {
        Assert.That(
            Why(Read([Device(errno: 2)]), Provider.Sysfs),
            Is.EqualTo("PCI device 0000:00:10.0 is not available there: errno 2")
        );
        Assert.That(
            Why(Read([Device(bars: Bar(resource: 22))]), Provider.Sysfs),
            Is.EqualTo("sysfs's resource file does not map the BAR there: errno 22")
        );
        Assert.That(Read([Device(bars: Bar(wc: 2))]).WhyNoWriteCombining, Does.Contain("errno 2"));
        Assert.That(
            Why(Read([Device(bars: Bar(devmem: 1))]), Provider.DevMem),
            Is.EqualTo("/dev/mem does not map the BAR there: errno 1")
        );
        Assert.That(Why(Read(devmem: 13), Provider.DevMem), Is.EqualTo("/dev/mem can't be opened there: errno 13"));
        Assert.That(Why(Read([Device(group: null, bars: Bar())]), Provider.Vfio), Does.Contain("behind no IOMMU"));
        Assert.That(Why(Read([Device(container: 2, bars: Bar())]), Provider.Vfio), Does.Contain("/dev/vfio/vfio"));
        Assert.That(
            Why(Read([Device(vfioPci: false, bars: Bar())]), Provider.Vfio),
            Is.EqualTo("vfio-pci is not loaded there")
        );
        Assert.That(
            Why(Read(thp: "always madvise [never]"), Provider.Thp),
            Is.EqualTo("transparent huge pages are turned off there")
        );
        Assert.That(Why(Read(total: -2), Provider.HugeTlb), Does.Contain("errno 2"));
        Assert.That(Why(Read(root: false), Provider.HugeTlb), Does.Contain("only root"));
        Assert.That(Why(Read(free: 2, total: 2, root: false), Provider.HugeTlb), Is.Null);
        Assert.That(Why(Read(file: 30), Provider.File), Does.Contain("errno 30"));
        Assert.That(Why(Read(udmabuf: 2), Provider.UdmaBuf), Is.EqualTo("the kernel there has no udmabuf"));
        Assert.That(Why(Read(flags: "rd wr sh"), Provider.UdmaBuf), Does.Contain("not bare PFNs"));
        Assert.That(Why(Read(huge: false), Provider.ExporterHuge), Does.Contain("no huge PFN mappings"));
        Assert.That(Why(Read(exporter: false), Provider.ExporterFault), Does.Contain("needs the exporter module"));
    }
}
