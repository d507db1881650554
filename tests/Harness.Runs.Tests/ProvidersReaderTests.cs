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
        int machines = 0
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
                            ("hugePfns", huge)
                        )
                        : Fields.Of(("errno", 2))
                ),
                (
                    "providers",
                    Fields.Of(
                        ("thp", Fields.Of(("enabled", thp), ("size", "2097152"))),
                        ("hugetlb", Fields.Of(("total", total), ("free", free))),
                        ("temporary", Fields.Of(("folder", "/var/tmp"), ("errno", file))),
                        ("udmabuf", Fields.Of(("errno", udmabuf), ("flags", flags))),
                        ("devmem", Fields.Of(("errno", devmem))),
                        ("pci", pci ?? [Device(bars: Bar())])
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

    private static string? Why(ProviderAbilities read, Provider provider) => read.Lacking.GetValueOrDefault(provider);

    [Test]
    public void A_host_that_has_everything_lacks_nothing()
    {
        var read = Read();
        Assert.That(read.Lacking, Is.Empty);
        Assert.That(read.Pci, Is.EqualTo(new PciMemory("0000:00:10.0", 2, 0x80_0000_0000, 16 << 20, "3")));
        Assert.That(read.TemporaryFolder, Is.EqualTo("/var/tmp"));
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
