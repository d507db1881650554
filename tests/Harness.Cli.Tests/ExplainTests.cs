using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Cli.Tests;

public sealed class ExplainTests
{
    private const string Cacheable = "pfnmap:unknown:wb:shared vma=rw slot=none read";

    /// <summary>A protected VM's page: the process can't access it, and the kernel reclaims it by force.</summary>
    private static string LostAndTaken { get; } =
        AllCases
            .LifecycleCases.First(c =>
                new[] { "donate", "host-lost", "host-takes-by-force", "poisoned" }.All(
                    PolicyCatalog
                        .Find("mainline-7.2")!
                        .Predict(HostFacts.Protected[0], c)
                        .Operations.Select(a => a.By.Name)
                        .Contains
                )
            )
            .Id;

    [Test]
    public async Task Without_a_policy_the_newest_of_mainline_is_taken_and_the_case_stands_in_words()
    {
        string output = await Explain("pfnmap unknown wb shared read", []);
        Assert.That(
            output,
            Does.StartWith(
                $"f247a6ff73a2  {Cacheable}\n  A shared VM_PFNMAP mapping, write-back, of memory outside the kernel's memory map, mapped\n"
            )
        );
        Assert.That(
            output,
            Does.Contain($"\nunder {PolicyCatalog.Newest.Name}\n(the newest mainline policy; --policy names another)\n")
        );
    }

    [Test]
    public async Task Cases_of_a_filter_are_grouped_by_how_they_are_decided()
    {
        string output = await ExplainAll("provider=vfio & then=nothing", null);
        string[] lines = output.Split('\n');
        int cases = CasesAction.Select("provider=vfio & then=nothing").Count;
        Assert.Multiple(() =>
        {
            Assert.That(
                lines[0],
                Does.Match(
                    $"^{cases} cases fit 'provider=vfio & then=nothing'; {PolicyCatalog.Newest.Name} decides them in [0-9]+ ways$"
                )
            );
            Assert.That(output, Does.Contain("\n1. ").And.Contain("\n3. ").And.Not.Contain("\n4. "));
            Assert.That(output, Does.Contain("\nby the same rules:\n  "));
            Assert.That(
                output,
                Does.Match("\n[0-9]+ more ways, of [0-9]+ cases, are not shown \\(--limit [0-9]+ shows all\\)")
            );
        });
        var counts = (await ExplainAll("provider=vfio & then=nothing", 1000))
            .Split('\n')
            .Select(l => System.Text.RegularExpressions.Regex.Match(l, "^[0-9]+\\. ([0-9]+) cases?$"))
            .Where(m => m.Success)
            .Select(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(counts.Sum(), Is.EqualTo(cases), "every case is in one group");
        Assert.That(counts, Is.Ordered.Descending);
    }

    private static async Task<string> ExplainAll(string filter, int? limit)
    {
        using var output = new StringWriter { NewLine = "\n" };
        await ExplainAction.ExecuteAsync(
            new ExplainRequest(null, null, [], null, "none.db", Json: false) { Filter = filter, Limit = limit },
            new HarnessConsole(output, TextWriter.Null, false, false, "."),
            CancellationToken.None
        );
        return output.ToString();
    }

    [Test]
    public async Task Two_policies_share_rules_up_to_a_marked_one()
    {
        string output = await Explain(Cacheable, ["mainline-6.16", "mainline-6.17"]);
        string[] hosts = output.Split("\n\n");

        Assert.That(hosts, Has.Length.EqualTo(3));
        Assert.That(hosts[0], Does.EndWith("\n--- mainline-6.16\n+++ mainline-6.17"));
        Assert.Multiple(() =>
        {
            Assert.That(hosts[1], Does.StartWith("on a CPU with FWB and DIC\n"));
            Assert.That(
                hosts[1],
                Does.Contain("\n    accept: a slot that no other rule refuses is registered\n"),
                "common"
            );
            Assert.That(hosts[1], Does.Contain("\n    here they differ:\n-   device-unless-map-memory: "));
            Assert.That(hosts[1], Does.Contain("\n-       (mainline-6.17 has no such rule)\n"));
            Assert.That(hosts[1], Does.Contain("\n-   => mapped Device-nGnRE rw-\n+   => mapped Normal-WB rwx\n"));
            Assert.That(hosts[1], Does.Contain("\n+      guest whatever it says: Normal-WB"));

            Assert.That(hosts[2], Does.StartWith("on any other CPU\n"));
            Assert.That(hosts[2], Does.Contain("\n+   cacheable-pfnmap-unsupported: "));
            Assert.That(
                hosts[2],
                Does.Contain("\n-       (mainline-6.17 has it too, but ends at cacheable-pfnmap-unsupported)\n")
            );
            Assert.That(
                hosts[2],
                Does.Contain("\n-   => registered\n+   => EINVAL\n- read: "),
                "the read is the first policy's alone"
            );
        });
        Assert.That(output.Split("here they differ"), Has.Length.EqualTo(3), "once for each kind of host");
    }

    [Test]
    public async Task A_rule_with_a_rewritten_condition_is_marked_as_such()
    {
        string output = await Explain(
            "pfnmap:unknown:nc:shared:any vma=rw slot=none read",
            ["mainline-6.1", "mainline-6.9"]
        );

        Assert.That(output, Does.Contain("\n    here they differ:\n-   device: a device page is Device-nGnRE\n"));
        Assert.That(
            output,
            Does.Contain(
                "\n-       (mainline-6.9 has another condition: any other device page is Device-nGnRE)\n+   device-any-uncached: "
            )
        );
        Assert.That(output, Does.Contain("\n-   => mapped Device-nGnRE rw-\n+   => mapped Normal-NC rw-\n"));
        Assert.That(output.Split("here they differ"), Has.Length.EqualTo(2), "the same on every CPU");
    }

    [Test]
    public async Task Policies_that_go_the_same_way_have_no_marks()
    {
        string output = await Explain("anonymous:private vma=rw slot=none write", ["mainline-7.2", "mainline-7.3"]);

        Assert.That(
            output.Split("\n\n").Skip(1).SelectMany(p => p.Split('\n')),
            Has.None.StartsWith("-").And.None.StartsWith("+")
        );
        Assert.That(output, Does.Not.Contain("here they differ"));
    }

    [Test]
    public async Task One_policy_is_explained_for_each_kind_of_host_that_leads_another_way()
    {
        string all = await Explain(Cacheable, ["mainline-7.2"]);
        string one = await Explain(Cacheable, ["mainline-7.2"], ExplainHosts.Parse("fwb,nodic"));

        Assert.That(
            all.Split('\n').Where(l => l.StartsWith("on ", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "on a CPU with FWB and DIC", "on any other CPU" })
        );
        Assert.That(all, Does.Contain("=> mapped Normal-WB rwx").And.Contain("=> EINVAL").And.Not.Contain("---"));
        Assert.That(one, Does.Contain("on a CPU with FWB and without DIC").And.Not.Contain("=> mapped"));
    }

    [Test]
    public async Task Below_a_mapped_access_stands_what_the_guest_gets_and_can_see()
    {
        string output = await Explain(
            "anonymous:shared vma=rw slot=none read",
            ["mainline-7.2"],
            ExplainHosts.Parse("none")
        );

        Assert.That(
            output,
            Does.Contain(
                "guest MMU off: Device-nGnRnE, unaligned accesses fault, DC ZVA faults, exclusives may fault\n"
            )
        );
        Assert.That(output, Does.Contain("guest Normal-NC: Normal-NC, exclusives may fault\n"));
        Assert.That(output, Does.Contain("guest Normal-WB: Normal-WB\n"));
        Assert.That(output, Does.Contain("an instruction fetch is a permission fault"));
    }

    [Test]
    public async Task A_lifecycle_is_a_table_of_operations_each_with_its_outcome_its_transition_and_the_page_after_it()
    {
        string output = await Explain(LostAndTaken, ["mainline-7.2"]);
        string[] hosts = output.Split("\n\n");

        Assert.That(hosts, Has.Length.EqualTo(3));
        Assert.Multiple(() =>
        {
            Assert.That(hosts[1], Does.StartWith("on a host in protected mode\n"));
            Assert.That(
                hosts[1],
                Does.Match(@"\n +\d+  guest-\w+ .* donate\n +=> slot; guest's alone, executable; holds ")
            );
            Assert.That(
                hosts[1],
                Does.Match(@"\n +\d+  load +SIGSEGV, SEGV_ACCERR +host-lost\n +\d+  "),
                "the page is as it was: nothing is said of it"
            );
            Assert.That(
                hosts[1],
                Does.Match(
                    @"\n +\d+  peek +sees zeroes +host-takes-by-force\n +=> slot; taken from the guest; holds zeroes\n"
                )
            );
            Assert.That(
                hosts[1],
                Does.Match(@"\n +\d+  guest-\w+ +KVM_RUN fails with EFAULT +poisoned\n +=> .*guest stuck\n")
            );
            Assert.That(
                hosts[1],
                Does.Contain("\n      __pkvm_force_reclaim_guest_page(), arch/arm64/kvm/hyp/nvhe/mem_protect.c, 7.1+")
            );
            Assert.That(hosts[2], Does.StartWith("on any other host\n  1  create  EINVAL  protected-unknown\n"));
        });
    }

    [Test]
    public async Task Two_policies_differ_from_the_first_deviating_operation()
    {
        string output = await Explain(LostAndTaken, ["mainline-7.2", "mainline-7.2-without-host-lost"]);
        string host = output.Split("\n\n")[1];

        Assert.That(
            host,
            Does.Match(
                @"\n    here they differ:\n- +(\d+)  (load|store) +SIGSEGV, SEGV_ACCERR +host-lost\n\+ +\1  \2 +(sees [\w' ]+|done) +host-touch\n"
            )
        );
        Assert.That(host, Does.Contain("\n-       (mainline-7.2-without-host-lost has no such transition)\n"));
        Assert.That(
            output.Split("here they differ"),
            Has.Length.EqualTo(2),
            "where there are no protected VMs they agree"
        );
    }

    [Test]
    public async Task Older_kernels_get_no_further_than_they_can()
    {
        string host = (
            await Explain(LostAndTaken, ["mainline-7.0", "mainline-7.2"], ExplainHosts.Parse("protected"))
        ).Split("\n\n")[1];

        Assert.That(host, Does.Match(@"\n-  1  create +EINVAL +protected-unknown\n.*\n\+  1  create +done +create\n"));
        Assert.That(host, Does.Match(@"\n-  2  nothing more can be done\n\+  2  bind "));
    }

    [TestCase("protected", 8)]
    [TestCase("none", 1)]
    [TestCase("fwb", 4)]
    [TestCase("nofwb, mte", 2)]
    [TestCase("fwb,dic,mte", 1)]
    public void Facts_that_are_not_named_are_left_open(string facts, int kinds)
    {
        Assert.That(ExplainHosts.Parse(facts), Has.Count.EqualTo(kinds));
    }

    private static async Task<string> Explain(string key, string[] policies, IReadOnlyList<HostFacts>? on = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var console = new HarnessConsole(output, error, false, false, "/");
        int code = await ExplainAction.ExecuteAsync(
            new ExplainRequest(key, null, policies, on, "none.db", Json: false),
            console,
            default
        );
        Assert.That((code, error.ToString()), Is.EqualTo((0, "")));
        Assert.That(output.ToString().Split('\n').Skip(1).Where(l => l.Length > 98), Is.Empty, "but for the key");
        return output.ToString();
    }
}
