using System.Text.Json;

namespace Harness.Cli.Tests;

public sealed class DiffPoliciesTests : CommandFixture
{
    private const int Columns = 98;

    [Test]
    public async Task From_6_16_to_6_17_cacheable_device_memory_is_mapped_so_with_fwb_and_dic_and_refused_elsewhere()
    {
        var (code, output, error) = await Harness("diff-policies mainline-6.16 mainline-6.17");
        string[] paragraphs = output.Split("\n\n");

        Assert.Multiple(() =>
        {
            Assert.That((code, error), Is.EqualTo((0, "")));
            Assert.That(
                output,
                Does.Match(@"^mainline-6\.16 -> mainline-6\.17: \d+ of \d+ points decided differently\n")
            );
            Assert.That(
                paragraphs,
                Has.One.Matches(
                    """
                    ^registration: accepted -> EINVAL \(\d+ points\)
                      - pfnmap memory, VMA type wb, no dirty logging, there at registration, VM without MTE, on a CPU
                        without FWB or without DIC$
                    """
                )
            );
            Assert.That(
                paragraphs,
                Has.One.Matches(
                    """
                    ^access: Device-nGnRE \(if VM_ALLOW_ANY_UNCACHED: Normal-NC\) -> Normal-WB \(\d+ points\)
                      - any access but exec \(write only if MAP_SHARED, writable VMA, writable memslot\) of pfnmap
                        memory outside the kernel's map, VMA type wb, VM without MTE, on a CPU with FWB and DIC$
                    """
                )
            );
            Assert.That(
                output,
                Does.Contain(
                    """

                    KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED (243):
                        0 -> 1 with FWB and DIC, else 0; on /dev/kvm: 0 -> EINVAL

                    """
                )
            );
            Assert.That(output, Does.Contain("\n--- rules of mainline-6.16\n+++ rules of mainline-6.17\n"));
            Assert.That(
                output,
                Does.Contain("\n- device-unless-map-memory: ").And.Contain("\n+ cacheable-pfnmap-unsupported: ")
            );
            Assert.That(output.Split('\n').Where(l => l.Length > Columns), Is.Empty);
        });
    }

    [Test]
    public async Task Rules_that_only_moved_are_listed_by_where_to()
    {
        var (code, output, _) = await Harness("diff-policies mainline-7.0 mainline-7.1");

        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("\nRules that say the same in another place:\n"));
        Assert.That(
            output,
            Does.Match(
                @"\n  user_mem_abort\(\), [0-9.]+\+ -> kvm_s2_fault_compute_prot\(\), 7\.1\+:\n(.*\n)*.*\bwritable\b"
            )
        );
    }

    [Test]
    public async Task Ownership_differences_name_the_operation_and_the_transitions()
    {
        var (code, output, error) = await Harness("diff-policies mainline-7.2 mainline-7.2-without-host-lost");

        Assert.Multiple(() =>
        {
            Assert.That((code, error), Is.EqualTo((0, "")));
            Assert.That(
                output,
                Does.Match(@"\npage ownership: \d+ of \d+ lifecycles \(cases on kinds of host\) end differently\n  - ")
            );
            Assert.That(
                output.ReplaceLineEndings(" ").Replace("     ", " "),
                Does.Match(
                    @"protected VM, anonymous:\w+, operation \d+, (load|store): SIGSEGV, SEGV_ACCERR\s+->\s+(done|sees)"
                )
            );
            Assert.That(
                output,
                Does.Contain("\n--- transitions of ")
                    .And.Contain("\n- host-lost: the process can't access memory that a protected VM owns\n")
            );
            Assert.That(output, Does.Not.Contain("\n+ host-lost"));
            Assert.That(output.Split('\n').Where(l => l.Length > Columns), Is.Empty);
        });
    }

    [Test]
    public async Task A_policy_and_itself_decide_the_same_and_that_is_all()
    {
        var (code, output, _) = await Harness("diff-policies mainline-7.2 mainline-7.2");

        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match(@"^mainline-7\.2 -> mainline-7\.2: decide the same over all \d+ points\n$"));
    }

    [Test]
    public async Task For_programs_it_is_a_line_for_each_change_capability_and_rule()
    {
        var (code, output, _) = await Harness("diff-policies mainline-6.16 mainline-6.17 --json");
        var lines = output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        List<JsonElement> Of(string type) => [.. lines.Where(l => l.GetProperty("type").GetString() == type)];

        Assert.That(code, Is.Zero);
        Assert.That(lines[0].GetProperty("type").GetString(), Is.EqualTo("difference"));
        Assert.That(
            Of("change").Sum(c => c.GetProperty("points").GetInt32()),
            Is.EqualTo(lines[0].GetProperty("differing").GetInt32())
        );
        var refused = Of("change").Single(c => c.GetProperty("moment").GetString() == "registration");
        Assert.That(
            (refused.GetProperty("from").GetString(), refused.GetProperty("to").GetString()),
            Is.EqualTo(("accepted", "EINVAL"))
        );
        Assert.That(
            refused.GetProperty("cubes").EnumerateArray().Select(c => c.GetProperty("type")[0].GetString()),
            Is.All.EqualTo("wb")
        );
        Assert.That(
            Of("capability").Single().GetProperty("vm").GetProperty("b").GetString(),
            Is.EqualTo("1 with FWB and DIC, else 0")
        );
        Assert.That(
            Of("rule").Select(r => (r.GetProperty("change").GetString(), r.GetProperty("name").GetString())),
            Has.Member(("added", "cacheable-pfnmap-unsupported")).And.Member(("removed", "device-unless-map-memory"))
        );
    }
}
