using System.Text.RegularExpressions;
using Harness.Cases;
using Harness.Model;
using Harness.Protocol;

namespace Harness.Reproducers.Tests;

public partial class ReproducerTests
{
    /// <summary>Grace's GPU memory.</summary>
    private static Case Cacheable => AllCases.WithKey("pfnmap:unknown:wb:shared vma=rw slot=none read")!;

    private static Case Plain => AllCases.WithKey("anonymous:private vma=rw slot=none read,write")!;

    [Test]
    public void Every_step_of_the_program_is_there_under_its_number_and_in_its_order()
    {
        foreach (var c in Sample.Covering)
        {
            var steps = Sample.Source(c).Program.Steps;
            string main = Body(Sample.Text(c));

            Assert.That(
                Comments().Matches(main).Select(m => int.Parse(m.Groups[1].Value)),
                Is.EqualTo(Enumerable.Range(0, steps.Count)),
                c.Key
            );
            for (int i = 0; i < steps.Count; i++)
                if (steps[i] is not (TraceStep or CountersStep or CloseAllStep))
                    Assert.That(
                        main,
                        Does.Match(
                            $@"step\({i}, ""{steps[i].Op}""|(run_vcpu|start_run|finish_run|read_stage2|get_report|huge_mapped|read_frame|dirty_log|dirty_ring|reset_rings|memslots|line_step|answer_vcpu|launch_run|join_run|copy_tags|get_regs)\({i}, "
                        ),
                        $"{c.Key}: step {i}, {steps[i].Op}"
                    );
        }
    }

    [Test]
    public void It_says_which_harness_wrote_it_where_that_is_known()
    {
        var source = Sample.Source(Plain);
        Assert.That(
            Reproducer.Text(source with { Harness = "1.2.3+0123456789ab" }),
            Does.Contain("\n * Written by harness 1.2.3+0123456789ab.\n")
        );
        Assert.That(Reproducer.Text(source with { Harness = null }), Does.Not.Contain("Written by"));
    }

    [Test]
    public void Every_op_that_there_is_can_be_written()
    {
        Type[] types = [.. typeof(Step).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Step)) && !t.IsAbstract)];
        var written = new HashSet<Type>();
        foreach (
            var source in Sample
                .Covering.Select(c => Sample.Source(c))
                .Append(CompilationTests.Rare)
                .Append(CompilationTests.Ownership)
        )
        {
            Reproducer.Text(source);
            written.UnionWith(source.Program.Steps.Select(s => s.GetType()));
        }

        Assert.That(types, Has.Length.GreaterThan(30));
        Assert.That(written, Is.EquivalentTo(types.Except(Moves.Select(m => m.GetType()))));
    }

    /// <summary>The state that it restores came from another host, and no C program has it.</summary>
    [TestCaseSource(nameof(Moves))]
    public void A_step_of_a_move_between_hosts_is_refused_with_the_reason(Step step)
    {
        var moving = Sample.Of(new ProbeProgram("moving", 1000, [step]));

        Assert.That(
            () => Reproducer.Text(moving),
            Throws
                .TypeOf<NotSupportedException>()
                .With.Message.Contains($"'{step.Op}' is part of a move between two hosts")
        );
    }

    private static readonly Step[] Moves =
    [
        new SaveRegistersStep("c"),
        new RestoreRegistersStep("c", [], All: true),
        new RegisterMasksStep("vm"),
        new SavePagesStep("a", 0, 0),
        new DirtyPagesStep("vm", 0, "a", 0, 0),
        new RestorePagesStep("a", []),
        new SaveTagsStep("vm", 0, 0),
        new RestoreTagsStep("vm", 0, []),
        new SettleStep("c"),
    ];

    [Test]
    public void A_case_has_what_it_needs_and_nothing_else()
    {
        string cacheable = Sample.Text(Cacheable),
            plain = Sample.Text(Plain);
        string bare = Sample.Text(Plain, new ProbeAbilities(Exporter: false, Descriptor: false, Trace: false));

        Assert.Multiple(() =>
        {
            Assert.That(
                cacheable,
                Does.Contain("STAGE2_EXPORT\t_IOW")
                    .And.Contain("STAGE2_READ\t_IOWR")
                    .And.Contain(".memory = STAGE2_MEMORY_UNKNOWN,")
            );
            Assert.That(plain, Does.Not.Contain("STAGE2_EXPORT").And.Contain("STAGE2_READ\t_IOWR"));
            Assert.That(
                plain,
                Does.Contain("there would be the stage-2 descriptor to see")
                    .And.Not.Contain("goto out;\n\t}\n\n\t/* Step 1")
            );
            Assert.That(bare, Does.Not.Contain("/dev/stage2").And.Not.Contain("read_stage2"));
            Assert.That(plain, Does.Not.Contain("guest_memfd").And.Not.Contain("hugepages").And.Not.Contain("vfio"));
        });
    }

    [Test]
    public void Answers_end_it_well_and_a_failed_set_up_does_not()
    {
        string main = Body(Sample.Text(Cacheable));

        Assert.That(
            main,
            Does.Contain(
                "if (step(4, \"memslot\", ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region)))\n\t\tgoto answered;"
            )
        );
        Assert.That(main, Does.Contain("if (step(3, \"vm\", vm))\n\t\tgoto out;"));
        Assert.That(main, Does.Match(@"answered:\n\tstatus = EXIT_SUCCESS;\n(\tputs\(.*\);\n)+out:\n"));
        Assert.That(
            main,
            Does.EndWith(
                "\tif (vm >= 0)\n\t\tclose(vm);\n\tif (memory != MAP_FAILED)\n\t\tmunmap(memory, SZ_64K);\n\tif (exporter >= 0)\n\t\tclose(exporter);\n\tclose(kvm);\n\treturn status;\n}\n"
            ),
            "what was opened is closed, the last first"
        );
    }

    [Test]
    public void The_head_has_the_case_the_expectation_per_host_and_the_rules()
    {
        string text = Sample.Text(Cacheable);
        string header = text[..text.IndexOf("*/", StringComparison.Ordinal)];

        Assert.Multiple(() =>
        {
            Assert.That(header, Does.Contain(Cacheable.Id).And.Contain($" *   {Cacheable.Key}\n"));
            Assert.That(header, Does.Contain("policy mainline-7.2"));
            Assert.That(header, Does.Contain("on a CPU with FWB, DIC:").And.Contain("read: mapped Normal-WB rwx ["));
            Assert.That(
                header,
                Does.Contain("on a CPU with no FWB, no DIC:")
                    .And.Contain("KVM_SET_USER_MEMORY_REGION: EINVAL [cacheable-pfnmap-unsupported]")
            );
            Assert.That(
                header,
                Does.Contain("cacheable-pfnmap-unsupported: without FWB and DIC")
                    .And.Contain("kvm_arch_prepare_memory_region(), arch/arm64/kvm/mmu.c, 6.17+")
            );
            Assert.That(
                header,
                Does.Contain("gcc -O2 -Wall -Wextra -Werror -static").And.Contain("stage2_exporter.ko")
            );
            Assert.That(
                text,
                Does.Contain("puts(\"  on a CPU with FWB, DIC: registered; read: mapped Normal-WB rwx\");")
            );
        });
    }

    [Test]
    public void One_host_has_one_expectation()
    {
        string text = Sample.Text(Cacheable, null, new HostFacts(Fwb: false, Dic: false));

        Assert.That(Regex.Count(text, @"puts\(""  on a CPU"), Is.EqualTo(1));
        Assert.That(text, Does.Contain("registration refused with EINVAL").And.Not.Contain("mapped Normal-WB"));
    }

    [Test]
    public void A_guest_with_tables_has_its_expectation_with_the_source()
    {
        var c = AllCases.Cases.First(c =>
            c is GuestCase { Use.Operation: GuestOperation.UnalignedLoad }
            && c.Backing.Type == VmaMemoryType.DeviceNGnRE
        );
        string text = Sample.Text(c);

        Assert.That(
            text,
            Does.Contain("alignment fault, DFSC 0x21").And.Contain("Arm ARM, \"Alignment of data accesses\"")
        );
        Assert.That(text, Does.Contain("put_word(code + 0x"), "its tables");
    }

    [Test]
    public void Nothing_leaves_its_comment_or_its_string()
    {
        var source = Sample.Source(Plain);
        var e = source.Expected[0];
        string text = Reproducer.Text(source with { Expected = [e with { Where = "on a */ \"host\"\n??/" }] });

        Assert.That(text.Split("/*")[1], Does.Contain("on a * / \"host\""));
        Assert.That(text, Does.Contain("puts(\"  on a */ \\\"host\\\"\\n?\\?/"));
    }

    [Test]
    public void Host_specific_values_are_macros()
    {
        var vfio = AllCases.Cases.First(c => c.Backing.Provider == Provider.Vfio);
        var memory = AllCases.Cases.First(c => c.Backing.Provider == Provider.DevMem);

        Assert.That(
            Sample.Text(vfio),
            Does.Contain("#define PCI_DEVICE\t\"0000:00:10.0\"")
                .And.Contain("#define PCI_GROUP\t\"3\"")
                .And.Contain("open(\"/dev/vfio/\" PCI_GROUP, ")
                .And.Contain(".index = PCI_BAR")
        );
        Assert.That(
            Sample.Text(memory),
            Does.Contain("#define PCI_START\t0x8000000000UL").And.Contain("file, PCI_START")
        );
    }

    [Test]
    public void The_exporters_interface_is_that_of_its_header()
    {
        string header = File.ReadAllText(Path.Combine(Root, "guest-images", "exporter", "stage2_exporter.h"));
        string[] fragments = [Fragment.Named("stage2_export").Text, Fragment.Named("stage2_read").Text];
        Assert.That(
            header,
            Does.Contain(Regex.Match(Fragment.Named("stage2_hotplug").Text, @"#define STAGE2_HOTPLUG\s.*").Value)
        );

        foreach (string fragment in fragments)
        {
            foreach (Match macro in Macro().Matches(fragment))
                Assert.That(
                    header,
                    Does.Match($@"#define {macro.Groups[1].Value}\s+{Regex.Escape(macro.Groups[2].Value)}\s"),
                    macro.Value
                );
            string name = Struct().Match(fragment).Groups[1].Value;
            Assert.That(Members(fragment, name), Is.EqualTo(Members(header, name)).And.Not.Empty);
        }
    }

    private static string[] Members(string text, string name) =>
        [
            .. Member()
                .Matches(Regex.Match(text, $@"struct {name} \{{(.*?)\}};", RegexOptions.Singleline).Value)
                .Select(m => m.Value),
        ];

    private static string Body(string text) => text[text.IndexOf("int main(void)", StringComparison.Ordinal)..];

    private static string Root
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(at.FullName, "Harness.sln")))
                at = at.Parent!;
            return at.FullName;
        }
    }

    [GeneratedRegex(@"\* Step (\d+)[ :]")]
    private static partial Regex Comments();

    [GeneratedRegex(@"^#define (\w+)\s+(.*?)(?:\s*/\*.*)?$", RegexOptions.Multiline)]
    private static partial Regex Macro();

    [GeneratedRegex(@"struct (\w+) \{")]
    private static partial Regex Struct();

    [GeneratedRegex(@"__[su]\d+ \w+;")]
    private static partial Regex Member();
}
