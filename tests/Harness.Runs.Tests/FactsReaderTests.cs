using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;

namespace Harness.Runs.Tests;

/// <summary>A host's properties, from several sources that must agree.</summary>
public class FactsReaderTests
{
    private const string FirstLine = "Booting Linux on physical CPU 0x0000000000 [0x000f0510]";
    private const string FwbLine = "CPU features: detected: Stage-2 Force Write-Back";
    private const string DicLine =
        "CPU features: detected: Instruction cache invalidation not required for I/D coherence";
    private const string Vhe = "kvm [1]: VHE mode initialized successfully";
    private const ulong Fwb = 1ul << 40;
    private const ulong Dic = 1ul << 29;

    /// <summary>The facts of a host with FWB and DIC.</summary>
    internal static Fields Plain(string release = "7.2.12-arm64") =>
        Facts([FirstLine, FwbLine, DicLine, Vhe], (Dic, Fwb), release: release);

    /// <summary>The facts of a host with neither.</summary>
    internal static Fields Poor() => Facts([FirstLine, Vhe], (0, 0));

    /// <summary>The facts of a host with FWB and DIC, without an exporter module.</summary>
    internal static Fields WithoutExporter() => Facts([FirstLine, FwbLine, DicLine, Vhe]);

    /// <summary>The facts of a host on which FWB is unknown.</summary>
    internal static Fields Vague() => Facts([FirstLine, DicLine, Vhe], (Dic, Fwb));

    private static Fields Facts(
        string[] log,
        (ulong Ctr, ulong Mmfr2)? exporter = null,
        (ulong Ctr, ulong Mmfr2)? vcpu = null,
        long abi = 6,
        bool walk = true,
        bool protectedMode = false,
        int kvmErrno = 0,
        Fields? prot = null,
        Fields? vm = null,
        ulong pfr1 = 0,
        int secretmemErrno = 0,
        int userfaultErrno = 0,
        long userfaultFeatures = 0x401,
        int exporterErrno = 2,
        string commandLine = "console=ttyAMA0",
        int pageSize = 4096,
        string? hwcaps = null,
        ulong? ownCtr = null,
        int el = 2,
        string release = "7.2.12-arm64",
        Fields? system = null
    ) =>
        Fields.Of(
            ("kernel", Fields.Of(("release", release), ("log", log), ("cmdline", commandLine), ("pageSize", 4096))),
            (
                "cpu",
                Fields.Of(
                    ("features", hwcaps),
                    ("registers", ownCtr is { } ctr ? Fields.Of(("ctr_el0", ctr)) : Fields.Of(("errno", 2)))
                )
            ),
            (
                "kvm",
                Fields.Of(
                    ("errno", kvmErrno),
                    ("registers", Registers(vcpu)),
                    ("vm", vm ?? Fields.Of(("205", 0))),
                    ("system", system ?? Fields.Of(("205", 0), ("243", Fields.Of(("errno", 22)))))
                )
            ),
            (
                "exporter",
                exporter is null
                    ? Fields.Of(("errno", exporterErrno))
                    : Fields.Of(
                        ("errno", 0),
                        ("abi", abi),
                        ("pageSize", pageSize),
                        ("currentEl", el << 2),
                        ("canWalk", walk),
                        ("protectedMode", protectedMode),
                        ("registers", Registers(exporter, pfr1))
                    )
            ),
            ("secretmem", Fields.Of(("errno", secretmemErrno))),
            ("userfaultfd", Fields.Of(("errno", userfaultErrno), ("features", userfaultFeatures))),
            ("swapFreeKiB", 64L << 10),
            ("poison", Fields.Of(("errno", 0))),
            ("owner", Fields.Of(("settings", Fields.Of(("ksm", "1"))))),
            ("trace", Fields.Of(("available", true))),
            ("prot", prot)
        );

    /// <summary>The facts of a host with FWB and DIC and this IPA size.</summary>
    internal static Fields WithAddresses(int bits) =>
        Facts([FirstLine, FwbLine, DicLine, Vhe], (Dic, Fwb), system: Fields.Of(("165", bits)));

    private static Fields Registers((ulong Ctr, ulong Mmfr2)? r, ulong pfr1 = 0) =>
        r is { } v
            ? Fields.Of(
                ("ctr_el0", v.Ctr),
                ("id_aa64mmfr0_el1", 0x10000000),
                ("id_aa64mmfr2_el1", v.Mmfr2),
                ("id_aa64pfr1_el1", pfr1)
            )
            : Fields.Of(("errno", 22));

    [TestCase(false, 1, 1)]
    [TestCase(true, 1, 5)]
    [TestCase(null, 1, 5)]
    [TestCase(false, 0.2, 1)]
    [TestCase(false, 2.5, 3)]
    [TestCase(true, 6, 30)]
    public void Programs_get_the_time_of_a_slow_host_and_of_a_slow_machine(
        bool? isProtected,
        double slowdown,
        int times
    ) => Assert.That(FactsReader.SlownessOf(isProtected, slowdown), Is.EqualTo(times));

    [Test]
    public void The_exporter_and_the_log_agree_on_both_features()
    {
        var profile = FactsReader.Read(
            Facts([FirstLine, FwbLine, DicLine, "kvm [1]: VHE mode initialized successfully"], (Dic, Fwb))
        );

        Assert.That(profile.Host, Is.EqualTo(new HostFacts(true, true, KvmMode.Vhe)));
        Assert.That(profile.Decoding.Fwb, Is.True);
    }

    [Test]
    public void Sources_that_contradict_each_other_are_named_and_the_host_may_be_either()
    {
        var profile = FactsReader.Read(Facts([FirstLine, DicLine, Vhe], (Dic, Fwb)));

        Assert.That(
            profile.Fact("FWB")!.ToString(),
            Is.EqualTo(
                "FWB: unknown, because its sources contradict each other: there by the exporter's id_aa64mmfr2_el1, not there by the kernel's log"
            )
        );
        Assert.That(profile.Fact("FWB")!.IsContradicted, Is.True);
        Assert.That(profile.Possible, Is.EqualTo(new[] { new HostFacts(false, true), new HostFacts(true, true) }));
        Assert.That(profile.Describe(), Is.EqualTo("FWB unknown, DIC, VHE"));
    }

    [Test]
    public void A_log_with_an_overwritten_beginning_is_no_evidence_against_a_feature()
    {
        var profile = FactsReader.Read(
            Facts([DicLine, "kvm [1]: Hyp nVHE mode initialized successfully"], (Dic, Fwb), el: 1)
        );

        Assert.That(profile.Possible, Is.EqualTo(new[] { new HostFacts(true, true, KvmMode.Nvhe) }));
    }

    [Test]
    public void A_vCPU_that_shows_no_feature_says_nothing_against_it()
    {
        var profile = FactsReader.Read(
            Facts([FirstLine, FwbLine, DicLine, "kvm [1]: VHE mode initialized successfully"], vcpu: (0, 0))
        );

        Assert.That(profile.Host.Fwb, Is.True);
        Assert.That(profile.Abilities.Exporter, Is.False);
    }

    [Test]
    public void A_fact_without_source_is_unknown_with_a_reason()
    {
        var profile = FactsReader.Read(Facts([], vcpu: (0, 0), ownCtr: Dic));

        Assert.That(
            profile.Fact("FWB")!.Unknown,
            Is.EqualTo(
                "the exporter module isn't loaded, the kernel's log has lost its beginning, and there is no other source"
            )
        );
        Assert.That(profile.Possible, Is.EqualTo(new[] { new HostFacts(false, true), new HostFacts(true, true) }));
        Assert.That(profile.Describe(), Is.EqualTo("FWB unknown, DIC, VHE or nVHE"));
    }

    [Test]
    public void A_probe_without_rights_reads_its_own_cache_type_and_the_word_of_the_hwcaps()
    {
        var profile = FactsReader.Read(Facts([], ownCtr: 0, hwcaps: "fp asimd mte", exporterErrno: 13, vm: Mte(1)));

        Assert.That(profile.Fact("DIC")!.ToString(), Is.EqualTo("DIC: not there (by the probe's own ctr_el0)"));
        Assert.That(profile.Fact("IDC")!.Value, Is.EqualTo(Fact.NotThere));
        Assert.That(
            profile.Fact("MTE")!.ToString(),
            Is.EqualTo("MTE: there (by a VM's KVM_CAP_ARM_MTE, /proc/cpuinfo)")
        );
        Assert.That(profile.Abilities.WhyNoExporter, Is.EqualTo("which only root may use"));
    }

    [TestCase("VHE+NV2", "kvm-arm.mode=nested", 1, true, "there")]
    [TestCase("VHE", "kvm-arm.mode=nested", 0, false, "not there")] // the CPU has no FEAT_NV2
    [TestCase("VHE", "console=ttyAMA0", 0, false, "not there")]
    public void A_host_has_nested_virtualization_if_KVM_says_so(
        string mode,
        string commandLine,
        int capability,
        bool nested,
        string word
    )
    {
        var profile = FactsReader.Read(
            Facts(
                [FirstLine, $"kvm [1]: {mode} mode initialized successfully"],
                (0, 0),
                commandLine: commandLine,
                system: Fields.Of(("240", capability))
            )
        );

        Assert.Multiple(() =>
        {
            Assert.That(profile.Possible.Select(h => h.Nested).Distinct(), Is.EqualTo(new[] { nested }));
            Assert.That(profile.Abilities.Nested, Is.EqualTo(nested));
            Assert.That(profile.Fact("nested")!.Value, Is.EqualTo(word));
        });
    }

    [Test]
    public void Without_a_log_a_command_line_that_requests_it_says_nothing() =>
        Assert.That(
            FactsReader
                .Read(Facts([], (0, 0), commandLine: "kvm-arm.mode=nested"))
                .Possible.Select(h => h.Nested)
                .Distinct(),
            Is.EqualTo(new[] { false, true })
        );

    [TestCase("kvm [1]: VHE mode initialized successfully", 2, "VHE")]
    [TestCase("kvm [1]: Hyp nVHE mode initialized successfully", 1, "nVHE")]
    [TestCase("kvm [1]: Hyp hVHE mode initialized successfully", 1, "nVHE")]
    [TestCase("kvm [1]: Hyp mode initialized successfully", 1, "nVHE")]
    public void The_mode_is_what_the_log_and_the_exporters_level_agree_on(string line, int el, string mode)
    {
        var profile = FactsReader.Read(Facts([FirstLine, line], (0, 0), el: el));

        Assert.That(profile.Describe(), Is.EqualTo($"no FWB, no DIC, {mode}"));
        Assert.That(
            FactsReader.Read(Facts([FirstLine, line], (0, 0), el: 3 - el)).Fact("VHE")!.IsContradicted,
            Is.True
        );
    }

    [Test]
    public void A_mode_that_was_requested_and_can_not_be_confirmed_makes_two_hosts()
    {
        var profile = FactsReader.Read(
            Facts([], vcpu: (0, Fwb), ownCtr: 0, commandLine: "quiet kvm-arm.mode=protected", hwcaps: "fp")
        );

        Assert.That(profile.Possible.Select(h => h.Mode), Is.EqualTo(new[] { KvmMode.Vhe, KvmMode.Protected }));
        Assert.That(profile.Describe(), Is.EqualTo("FWB, no DIC, mode unknown"));
    }

    [Test]
    public void Two_page_sizes_are_a_contradiction() =>
        Assert.That(
            FactsReader.Read(Facts([FirstLine], (0, 0), pageSize: 16384)).Fact("page size")!.Unknown,
            Is.EqualTo("its sources contradict each other: 4096 by getpagesize(), 16384 by the exporter's PAGE_SIZE")
        );

    [Test]
    public void Stored_facts_name_their_sources()
    {
        var settled = FactsReader.Read(Facts([FirstLine, DicLine, Vhe], (Dic, Fwb))).Settled();

        Assert.That(settled.Inner("DIC").Text("value"), Is.EqualTo("there"));
        Assert.That(settled.Inner("FWB").TextOrNull("value"), Is.Null);
        Assert.That(settled.Inner("FWB").Inner("by").Text("the kernel's log"), Is.EqualTo("not there"));
    }

    [Test]
    public void In_protected_mode_the_descriptor_can_not_be_had()
    {
        var profile = FactsReader.Read(
            Facts(
                [FirstLine, FwbLine, DicLine, "kvm [1]: Protected hVHE mode initialized successfully"],
                (Dic, Fwb),
                walk: false,
                protectedMode: true,
                el: 1,
                commandLine: "kvm_arm.mode=protected"
            )
        );

        Assert.That(profile.Host.Mode, Is.EqualTo(KvmMode.Protected));
        Assert.That(
            profile.Abilities,
            Is.EqualTo(
                new Cases.ProbeAbilities(Exporter: true, Descriptor: false, Trace: true, Secretmem: true)
                {
                    Slowness = 5,
                    SetsAccessFlag = profile.Abilities.SetsAccessFlag,
                    MemoryTags = false,
                }
            )
        );
    }

    [TestCase(0, 0x401L, null, null, null)]
    [TestCase(0, 1L, null, null, "CONFIG_SHMEM")]
    [TestCase(0, 0L, null, "6.10", "CONFIG_SHMEM")]
    [TestCase(38, 0L, "CONFIG_USERFAULTFD", "CONFIG_USERFAULTFD", "CONFIG_USERFAULTFD")]
    [TestCase(1, 0L, "only root", "only root", "only root")]
    [TestCase(13, 0L, "SELinux", "SELinux", "SELinux")]
    [TestCase(22, 0L, "errno 22", "errno 22", "errno 22")]
    public void What_userfaultfd_can_t_do_has_a_reason(
        int errno,
        long features,
        string? missing,
        string? writes,
        string? minor
    )
    {
        var facts = Facts(
            [FirstLine, FwbLine, DicLine],
            (Dic, Fwb),
            userfaultErrno: errno,
            userfaultFeatures: features
        );
        var abilities = FactsReader.Read(facts).Abilities;
        Assert.That(abilities.WhyNoUserFaults, missing is null ? Is.Null : Does.Contain(missing));
        Assert.That(abilities.WhyNoWriteFaults, writes is null ? Is.Null : Does.Contain(writes));
        Assert.That(abilities.WhyNoMinorFaults, minor is null ? Is.Null : Does.Contain(minor));
    }

    [TestCase(64L << 10, 0, true, true)]
    [TestCase(1L << 10, 2, false, false)]
    public void Swap_and_failing_memory_are_there_or_have_a_reason(long swap, int poison, bool swaps, bool fails)
    {
        var facts = Facts([FirstLine, FwbLine, DicLine], (Dic, Fwb))
            .With("swapFreeKiB", swap)
            .With("poison", Fields.Of(("errno", poison)));
        var abilities = FactsReader.Read(facts).Abilities;
        Assert.That(abilities.WhyNoSwap, swaps ? Is.Null : Does.Contain("free swap"));
        Assert.That(abilities.WhyNoPoison, fails ? Is.Null : Does.Contain("hwpoison-inject"));
    }

    [TestCase("1", true)]
    [TestCase("0", false)]
    [TestCase(null, false)]
    public void Pages_are_merged_where_ksm_runs(string? run, bool merges)
    {
        var facts = Facts([FirstLine, FwbLine, DicLine], (Dic, Fwb))
            .With("owner", Fields.Of(("settings", Fields.Of(("ksm", run)))));
        Assert.That(
            FactsReader.Read(facts).Abilities.WhyNoMerging,
            merges ? Is.Null : Is.EqualTo("needs KSM, which doesn't run there")
        );
    }

    [TestCase(36, false, 36, 36ul)]
    [TestCase(40, false, 40, 0ul)]
    [TestCase(48, false, 40, 0ul)]
    [TestCase(36, true, 36, 36ul)]
    [TestCase(48, true, 48, 0ul)]
    public void A_VM_has_40_bits_of_addresses_or_what_the_host_has(int limit, bool isProtected, int bits, ulong type)
    {
        var abilities = FactsReader
            .Read(
                Facts(
                    [
                        FirstLine,
                        FwbLine,
                        DicLine,
                        isProtected ? "kvm [1]: Protected hVHE mode initialized successfully" : Vhe,
                    ],
                    (Dic, Fwb),
                    walk: !isProtected,
                    protectedMode: isProtected,
                    el: isProtected ? 1 : 2,
                    commandLine: isProtected ? "kvm-arm.mode=protected" : "quiet",
                    system: Fields.Of(("165", limit))
                )
            )
            .Abilities;

        Assert.That((abilities.IpaBits, abilities.VmType), Is.EqualTo((bits, type)));
        Assert.That(abilities.EndOfGuestMemory, Is.EqualTo(1ul << bits));
    }

    [Test]
    public void An_exporter_of_another_ABI_is_as_good_as_none()
    {
        var abilities = FactsReader.Read(Facts([FirstLine], (0, 0), abi: 1)).Abilities;

        Assert.That((abilities.Exporter, abilities.Descriptor), Is.EqualTo((false, false)));
        Assert.That(
            abilities.WhyNoExporter,
            Is.EqualTo("but that loaded there has ABI 1 and the harness 6: load the one built from this source")
        );
    }

    [TestCase(2, "there is no /dev/kvm")]
    [TestCase(13, "group kvm")]
    [TestCase(16, "errno 16")]
    public void Without_KVM_no_case_runs_and_the_reason_says_what_to_do(int errno, string why) =>
        Assert.That(FactsReader.Read(Facts([FirstLine], kvmErrno: errno)).NoKvmReason, Does.Contain(why));

    [Test]
    public void Rejects_malformed_hello() =>
        Assert.That(
            () => FactsReader.Read(Fields.Empty),
            Throws.InstanceOf<UnusableFactsException>().With.Message.Contains("'kernel' is missing")
        );

    private static Fields Mte(object? answer) => Fields.Of(("205", answer), ("243", 1));

    [TestCase(1, 2ul, true, TestName = "MTE is there by both")]
    [TestCase(1, 3ul, true, TestName = "MTE is there by both, and asymmetric")]
    [TestCase(0, 1ul, false, TestName = "MTE has its instructions, but no tags in memory")]
    [TestCase(0, 2ul, false, TestName = "MTE is in the register of a kernel built without it: the capability knows")]
    public void A_VMs_capability_reports_MTE(int capability, ulong field, bool mte) =>
        Assert.That(
            FactsReader.Read(Facts([FirstLine], (0, 0), vm: Mte(capability), pfr1: field << 8)).Host.Mte,
            Is.EqualTo(mte)
        );

    [Test]
    public void MTE_by_the_capability_and_not_by_the_register_is_a_contradiction() =>
        Assert.That(
            FactsReader.Read(Facts([FirstLine], (0, 0), vm: Mte(1), pfr1: 1 << 8)).Fact("MTE")!.Unknown,
            Is.EqualTo(
                "its sources contradict each other: there by a VM's KVM_CAP_ARM_MTE, not there by the exporter's id_aa64pfr1_el1"
            )
        );

    [TestCase("fp mte", true)]
    [TestCase("fp", false)]
    public void In_protected_mode_MTE_is_read_from_hwcaps(string hwcaps, bool mte)
    {
        string[] log = [FirstLine, "kvm [1]: Protected hVHE mode initialized successfully"];
        Assert.That(
            FactsReader
                .Read(
                    Facts(
                        log,
                        (0, 0),
                        vm: Mte(0),
                        pfr1: 2 << 8,
                        protectedMode: true,
                        el: 1,
                        commandLine: "kvm-arm.mode=protected",
                        hwcaps: hwcaps
                    )
                )
                .Possible.Select(h => h.Mte),
            Is.EqualTo(new[] { mte })
        );
    }

    [Test]
    public void Where_nothing_reports_MTE_the_host_may_have_it_or_not()
    {
        var refused = Mte(Fields.Of(("errno", 22)));
        Assert.That(
            FactsReader.Read(Facts([FirstLine, Vhe], (0, 0), vm: refused, pfr1: 2 << 8)).Possible.Select(h => h.Mte),
            Is.EqualTo(new[] { false, true })
        );
        Assert.That(
            FactsReader.Read(Facts([FirstLine, Vhe], (0, 0), vm: refused, pfr1: 1 << 8)).Possible.Select(h => h.Mte),
            Is.EqualTo(new[] { false })
        );
        Assert.That(FactsReader.Read(Facts([FirstLine, Vhe], vm: Mte(1))).Host.Mte, Is.True);
    }

    [Test]
    public void Capabilities_are_numbers_and_a_refusal_is_minus_its_errno()
    {
        var profile = FactsReader.Read(Facts([FirstLine], (0, 0), vm: Mte(0)));

        Assert.That(profile.VmCapabilities, Is.EqualTo(new Dictionary<int, int> { [205] = 0, [243] = 1 }));
        Assert.That(profile.SystemCapabilities, Is.EqualTo(new Dictionary<int, int> { [205] = 0, [243] = -22 }));
    }

    [TestCase(0, true)]
    [TestCase(38, false)]
    public void The_probe_tried_whether_memfd_secret_works(int errno, bool works) =>
        Assert.That(
            FactsReader.Read(Facts([FirstLine], (0, 0), secretmemErrno: errno)).Abilities.Secretmem,
            Is.EqualTo(works)
        );

    [TestCase(1ul, 2ul, 8ul, 0x10ul, false)]
    [TestCase(1ul, 4ul, 0x10ul, 0x20ul, true)]
    public void The_prot_bits_are_the_kernels_own(ulong execute, ulong write, ulong device, ulong nc, bool split)
    {
        var values = split
            ? Fields.Of(
                ("KVM_PGTABLE_PROT_PX", execute),
                ("KVM_PGTABLE_PROT_X", 3),
                ("KVM_PGTABLE_PROT_W", write),
                ("KVM_PGTABLE_PROT_DEVICE", device),
                ("KVM_PGTABLE_PROT_NORMAL_NC", nc)
            )
            : Fields.Of(
                ("KVM_PGTABLE_PROT_X", execute),
                ("KVM_PGTABLE_PROT_W", write),
                ("KVM_PGTABLE_PROT_DEVICE", device),
                ("KVM_PGTABLE_PROT_NORMAL_NC", nc)
            );
        var profile = FactsReader.Read(Facts([FirstLine], (0, 0), prot: Fields.Of(("values", values))));

        Assert.That(profile.Decoding.Prot, Is.EqualTo(new ProtBits(execute, write, device, nc)));
        Assert.That(
            profile.Decoding.Prot!.Decode(write | nc | execute),
            Is.EqualTo(new Leaf(MemoryType.NormalNonCacheable, true, true))
        );
    }
}
