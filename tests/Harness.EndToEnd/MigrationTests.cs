using Harness.Store;

namespace Harness.EndToEnd;

/// <summary>VMs that migrate from one booted host to another.</summary>
[Category("Qemu")]
public class MigrationTests
{
    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task Without_FWB_ordinary_memory_resumes_and_cacheable_device_memory_is_refused_in_time()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync("migrate", "--from", "fwb", "--to", "nofwb", "--db", cli.Database);
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var rows = Rows(cli);
        Assert.That(rows.Select(r => r.Verdict), Is.All.EqualTo("match"));
        var results = cli.Stored().Results["fwb -> nofwb"].ToDictionary(r => r.Title);
        string Of(string key) => results[key].Observed!;
        Assert.Multiple(() =>
        {
            Assert.That(rows, Has.Count.EqualTo(5));
            Assert.That(
                Of("anonymous:private vma=rw slot=none write moved"),
                Is.EqualTo("resumed, Normal-WB rwx to Normal-WB rw-")
            );
            Assert.That(
                Of("anonymous:private vma=rw slot=none write moved pre-copy"),
                Is.EqualTo("resumed, Normal-WB rwx to Normal-WB rw-")
            );
            Assert.That(
                Of("pfnmap:unknown:wb:shared vma=rw slot=none write moved"),
                Does.StartWith("registration EINVAL")
            );
            Assert.That(
                Of("pfnmap:unknown:wb:shared vma=rw slot=none write moved asks"),
                Is.EqualTo("capability (KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED was 1, and is 0)")
            );
            Assert.That(
                Of("pfnmap:unknown:wb:shared vma=rw slot=none write moved pre-copy"),
                Does.StartWith("dirty-log EINVAL")
            );
            Assert.That(rows.Select(r => r.Migration!.Violation), Is.All.Null);
            Assert.That(
                rows.Where(r => r.Migration!.Stage == "resumed").Select(r => r.Migration!.Bytes),
                Is.All.GreaterThan(64 << 10),
                "the memory and the guest's code"
            );
            Assert.That(results.Values.Select(r => r.Evidence[0]), Is.All.EqualTo("pte"));
            Assert.That(end.Out, Does.Contain("fwb -> nofwb"));
        });
    }

    internal static IReadOnlyList<MigrationRow> Rows(Cli cli)
    {
        var store = ResultStore.Open(cli.Database);
        Assert.That(store.Check().Faults, Is.Empty);
        return store.Migrations(store.Run()!.Run.Id);
    }
}
