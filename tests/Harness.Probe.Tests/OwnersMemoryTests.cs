using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>What is left of a host's memory and file systems, which others use, too.</summary>
public class OwnersMemoryTests
{
    private const string Pool = "/sys/kernel/mm/hugepages/hugepages-2048kB";

    [TestCase("full /var/tmp", "/tmp", 0)]
    [TestCase("full /var/tmp && closed /tmp", "/dev/shm", 0)]
    [TestCase("full /var/tmp && closed /tmp && full /dev/shm", null, 28)]
    public void Files_of_cases_are_made_where_there_is_room(string mounts, string? folder, int errno)
    {
        using var probe = RunningProbe.StartAmong(
            "full() { mount -t tmpfs -o size=64k tmpfs $1; }; "
                + $"closed() {{ mount --bind $1 $1 && mount -o remount,bind,ro $1; }}; {mounts}"
        );
        var temporary = Providers(probe).Inner("temporary");
        Assert.That((temporary.TextOrNull("folder"), temporary.Integer("errno")), Is.EqualTo((folder, (long)errno)));
    }

    [TestCase(3, 2, 0, 2)]
    [TestCase(3, 2, 1, 1)]
    [TestCase(3, 2, 2, 0)]
    public void Huge_pages_that_somebody_has_reserved_are_not_free(int total, int free, int reserved, int left)
    {
        if (!Directory.Exists(Pool))
            Assert.Ignore($"there is no {Pool}");
        using var probe = RunningProbe.StartAmong(
            $"mount -t tmpfs tmpfs {Pool} && echo {total} > {Pool}/nr_hugepages "
                + $"&& echo {free} > {Pool}/free_hugepages && echo {reserved} > {Pool}/resv_hugepages"
        );
        var pool = Providers(probe).Inner("hugetlb");
        Assert.That((pool.Integer("total"), pool.Integer("free")), Is.EqualTo(((long)total, (long)left)));
    }

    private static Fields Providers(RunningProbe probe)
    {
        probe.SendFacts();
        return probe.Reply().Facts!.Inner("providers");
    }
}
