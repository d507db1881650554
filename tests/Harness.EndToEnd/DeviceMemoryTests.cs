namespace Harness.EndToEnd;

/// <summary>Memory of devices, by the ways that real hosts have: VFIO, device-dax, memory that is hot-added.</summary>
[Category("Qemu")]
public class DeviceMemoryTests
{
    private const string Dax = "anonymous:shared vma=rw slot=none read by=dax",
        Added = "pfnmap:unknown:wb:shared vma=rw slot=none read,read then=memory-add by=hotplug",
        Fetched = "pfnmap:unknown:ngnre:shared vma=rw slot=none write,exec then=memory-add by=hotplug",
        Disabled =
            "pfnmap:unknown:wb:shared vma=rw slot=none read,read then=pci-memory-off running by=vfio-variant-fault",
        Reset =
            "pfnmap:unknown:wb:shared vma=rw slot=none read,read size=block then=pci-reset running by=vfio-variant-huge";

    [Test]
    [OnReadReleases("7.2")]
    public async Task With_FWB_it_is_write_back_and_comes_back_after_a_reset_under_a_running_guest()
    {
        var seen = await SeenAsync("fwb");

        Assert.Multiple(() =>
        {
            Assert.That(seen[Dax], Is.EqualTo("registered; read: mapped Normal-WB rwx"));
            Assert.That(
                seen[Added],
                Is.EqualTo(
                    "registered; read: mapped Normal-WB rwx; memory-add: mapped Normal-WB rwx; read: mapped Normal-WB rwx"
                )
            );
            Assert.That(seen[Fetched], Does.EndWith("exec: mapped Device-nGnRE rwx"), "hot-added-page-executable");
            Assert.That(
                seen[Disabled],
                Is.EqualTo(
                    "registered; read: mapped Normal-WB rwx; pci-memory-off: done; read: KVM_RUN fails with EFAULT"
                )
            );
            Assert.That(
                seen[Reset],
                Is.EqualTo(
                    "registered; read: mapped Normal-WB rwx block; pci-reset: done; read: mapped Normal-WB rwx block"
                )
            );
        });
    }

    [Test]
    [OnReadReleases("7.2")]
    public async Task Without_FWB_what_the_kernel_can_not_clean_is_refused_and_DAX_is_not()
    {
        var seen = await SeenAsync("nofwb");

        Assert.Multiple(() =>
        {
            Assert.That(seen[Dax], Is.EqualTo("registered; read: mapped Normal-WB rw-"));
            foreach (string refused in new[] { Added, Disabled, Reset })
                Assert.That(seen[refused], Is.EqualTo("registration refused with EINVAL"), refused);
        });
    }

    /// <summary>What a host did with each case; every one of them matches.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> SeenAsync(string target)
    {
        using var cli = new Cli();
        string filter = string.Join(
            " | ",
            new[] { Dax, Added, Fetched, Disabled, Reset }.Select(key => $"key=\"{key}\"")
        );
        var end = await cli.RunAsync("run", "--target", target, "--filter", filter, "--db", cli.Database);
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var (_, results) = cli.Stored();
        Assert.That(results[target].Select(r => r.Verdict), Is.All.EqualTo("match"));
        return results[target].ToDictionary(r => r.Title, r => r.Observed!);
    }
}
