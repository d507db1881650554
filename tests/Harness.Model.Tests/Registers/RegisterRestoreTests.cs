using Harness.Model.Registers;

namespace Harness.Model.Tests.Registers;

public sealed class RegisterRestoreTests
{
    [Test]
    public void The_same_registers_on_the_same_host_are_all_accepted()
    {
        Assert.That(RegisterRestore.Predict(Host.Modern.Facts(), Host.Modern.Facts()), Is.Empty);
        Assert.That(RegisterRestore.Predict(Host.Early.Facts(), Host.Early.Facts()), Is.Empty);
    }

    [Test]
    public void Guest_writes_to_its_own_registers_are_accepted()
    {
        var ran = Host
            .Modern.With(RegisterId.X(0), 0x1234)
            .With(RegisterId.ProcessorState, 0x8000_0004)
            .With("SCTLR_EL1", 0x30D0_1805)
            .With("TCR2_EL1", 1)
            .With("MPIDR_EL1", 0x8000_0003)
            .With("DBGBVR0_EL1", 4)
            .With("KVM_REG_ARM_TIMER_CVAL", 99)
            .With("OSLSR_EL1", 10);
        Assert.That(RegisterRestore.Predict(ran.Facts(), Host.Modern.Facts()), Is.Empty);
    }

    [Test]
    public void A_register_that_the_destination_does_not_list_is_unknown_there()
    {
        var to = Host.Modern.Without("TCR2_EL1");
        Certain(Host.Modern, to, "TCR2_EL1", "register-unknown", Errno.ENOENT);
    }

    [Test]
    public void A_core_register_that_the_destination_does_not_list_is_an_invalid_one()
    {
        var from = Host.Modern.With(RegisterId.V(1), 0);
        Certain(from, Host.Modern, "V1", "register-unknown", Errno.EINVAL);
    }

    [TestCase("MIDR_EL1", 0x410FD0B1ul)]
    [TestCase("REVIDR_EL1", 1ul)]
    [TestCase("AIDR_EL1", 1ul)]
    [TestCase("OSLSR_EL1", 0ul)]
    public void An_invariant_register_has_to_be_equal(string name, ulong value) =>
        Certain(Host.Modern.With(name, value), Host.Modern, name, "register-invariant", Errno.EINVAL);

    [Test]
    public void Differences_are_shown_by_field_or_else_by_value()
    {
        Assert.That(
            Certain(
                Host.Modern.With("MIDR_EL1", 0x410FD0B1),
                Host.Modern,
                "MIDR_EL1",
                "register-invariant",
                Errno.EINVAL
            ).Because,
            Is.EqualTo("0x410fd0b1, and here 0x410fd490")
        );
        Assert.That(
            Certain(
                Host.Modern.With("ID_AA64DFR0_EL1", 0x1000_0000_1006),
                Host.Modern,
                "ID_AA64DFR0_EL1",
                "id-register-fixed",
                Errno.EINVAL
            ).Because,
            Is.EqualTo("BRPs: 1, and here 0; of the bits 0x100000000000 0x100000000000, and here 0x0")
        );
    }

    [Test]
    public void Another_cpus_identity_is_taken_if_userspace_said_so()
    {
        var from = Host.Modern.With("MIDR_EL1", 0x410FD0B1).With("AIDR_EL1", 1);
        Assert.That(RegisterRestore.Predict(from.Facts(), Host.Modern.TakingImplementationIds().Facts()), Is.Empty);
        Certain(
            Host.Modern.With("MIDR_EL1", 0x1_410F_D0B1),
            Host.Modern.TakingImplementationIds(),
            "MIDR_EL1",
            "register-invariant",
            Errno.EINVAL
        );
    }

    [Test]
    public void A_pmmir_is_equal_or_nothing()
    {
        var to = Host.Modern.With("PMMIR_EL1", 8);
        Assert.That(RegisterRestore.Predict(Host.Modern.With("PMMIR_EL1", 0).Facts(), to.Facts()), Is.Empty);
        Certain(Host.Modern.With("PMMIR_EL1", 6), to, "PMMIR_EL1", "register-invariant", Errno.EINVAL);
    }

    [Test]
    public void Bits_that_are_not_writable_have_to_be_equal()
    {
        var to = Host.Modern.With("ID_AA64MMFR2_EL1", 0);
        var refused = Certain(Host.Modern, to, "ID_AA64MMFR2_EL1", "id-register-fixed", Errno.EINVAL);
        Assert.That(refused.Because, Is.EqualTo("FWB: 1, and here 0"));
    }

    [Test]
    public void A_register_without_a_mask_has_to_be_equal() =>
        Certain(
            Host.Modern.With(RegisterId.System(3, 0, 0, 7, 5), 1),
            Host.Modern,
            "S3_0_C0_C7_5",
            "id-register-fixed",
            Errno.EINVAL
        );

    [Test]
    public void A_field_that_is_only_partly_writable_has_to_be_equal()
    {
        var to = Host.Modern.With("ID_AA64MMFR0_EL1", 0x1022, 0x3);
        Certain(
            Host.Modern.With("ID_AA64MMFR0_EL1", 0x1021),
            to,
            "ID_AA64MMFR0_EL1",
            "id-register-fixed",
            Errno.EINVAL
        );
    }

    [Test]
    public void A_writable_field_may_be_lower_but_not_higher()
    {
        var less = Host.Modern.With("ID_AA64MMFR0_EL1", 0x1021);
        Assert.That(RegisterRestore.Predict(less.Facts(), Host.Modern.Facts()), Is.Empty);
        var refused = Certain(Host.Modern, less, "ID_AA64MMFR0_EL1", "id-register-beyond", Errno.EINVAL);
        Assert.That(refused.Because, Is.EqualTo("PARANGE: 2, and here 1"));
    }

    [Test]
    public void A_cache_that_needs_no_maintenance_can_be_denied_but_not_claimed()
    {
        var needs = Host.Modern.With("CTR_EL0", 0x9444_C004);
        Assert.That(RegisterRestore.Predict(needs.Facts(), Host.Modern.Facts()), Is.Empty);
        var refused = Certain(Host.Modern, needs, "CTR_EL0", "id-register-beyond", Errno.EINVAL);
        Assert.That(refused.Because, Is.EqualTo("DIC: 1, and here 0"));
    }

    [Test]
    public void A_writable_field_that_is_not_known_here_may_or_may_not_be_refused() =>
        Possible(
            Host.Modern.With("ID_AA64MMFR1_EL1", 0x1_0000_0000_0100 | 1UL << 56),
            Host.Modern,
            "ID_AA64MMFR1_EL1",
            "id-register-beyond",
            Errno.EINVAL
        );

    [TestCase("ID_AA64PFR0_EL1", 0x1_0000_0000_00ul)]
    [TestCase("ID_AA64MMFR2_EL1", 0x0100_0000ul)]
    [TestCase("ID_AA64PFR1_EL1", 0x1_0000ul)]
    public void Registers_exposed_by_mistake_may_be_refused(string name, ulong bits)
    {
        var own = Host.Modern.Facts()[RegisterNames.Get(name)]!.Value;
        Possible(Host.Modern.With(name, own | bits), Host.Modern, name, "id-register-fixed", Errno.EINVAL);
    }

    [Test]
    public void Asynchronous_tag_checks_that_older_kernels_did_not_show_may_be_forgiven_but_not_others()
    {
        var never = Host.Modern.With("ID_AA64PFR1_EL1", 0xF00_0000_0021);
        Possible(Host.Modern, never, "ID_AA64PFR1_EL1", "id-register-fixed", Errno.EINVAL);
        Certain(never, Host.Modern, "ID_AA64PFR1_EL1", "id-register-fixed", Errno.EINVAL);
        Certain(
            Host.Modern,
            Host.Modern.With("ID_AA64MMFR2_EL1", 0x100_0200_0000),
            "ID_AA64MMFR2_EL1",
            "id-register-fixed",
            Errno.EINVAL
        );
    }

    [Test]
    public void A_pmu_that_is_not_the_architectures_is_taken_as_none()
    {
        var from = Host.Modern.With("ID_AA64DFR0_EL1", 0xF06);
        Assert.That(RegisterRestore.Predict(from.Facts(), Host.Modern.Facts()), Is.Empty);
        Certain(
            Host.Modern.With("ID_AA64DFR0_EL1", 0x506),
            Host.Modern,
            "ID_AA64DFR0_EL1",
            "id-register-beyond",
            Errno.EINVAL
        );
    }

    [Test]
    public void A_field_may_not_be_less_than_any_cpu_has()
    {
        Certain(
            Host.Modern.With("ID_AA64DFR0_EL1", 5),
            Host.Modern,
            "ID_AA64DFR0_EL1",
            "id-register-least",
            Errno.EINVAL
        );
        Certain(Host.Modern.With("ID_DFR0_EL1", 5), Host.Modern, "ID_DFR0_EL1", "id-register-least", Errno.EINVAL);
        var counters = Host.Modern.With("ID_DFR0_EL1", 0x400_0006);
        Certain(
            Host.Modern.With("ID_DFR0_EL1", 0x200_0006),
            counters,
            "ID_DFR0_EL1",
            "id-register-least",
            Errno.EINVAL
        );
        Assert.That(
            RegisterRestore.Predict(Host.Modern.Facts(), counters.Facts()),
            Is.Empty,
            "no PMU is always possible"
        );
        Possible(
            Host.Modern.With("ID_AA64PFR0_EL1", 0x1100_0000_1100_1110),
            Host.Modern,
            "ID_AA64PFR0_EL1",
            "id-register-least",
            Errno.EINVAL
        );
    }

    [Test]
    public void A_host_without_aarch32_ignores_what_its_registers_are_set_to()
    {
        var narrow = Host.Modern.With("ID_PFR0_EL1", 0x9999_9999);
        var wide = Host.Modern.With("ID_PFR0_EL1", 0).With("ID_AA64PFR0_EL1", 0x1100_0000_1100_1111);
        Assert.That(
            RegisterRestore.Predict(narrow.Facts(), wide.Facts()).Select(refused => refused.Id.Name),
            Is.EqualTo(new[] { "ID_AA64PFR0_EL1" })
        );
        Certain(Host.Modern.With("ID_PFR0_EL1", 0x231), Host.Modern, "ID_PFR0_EL1", "id-register-beyond", Errno.EINVAL);
    }

    [Test]
    public void A_register_of_a_feature_goes_with_the_feature()
    {
        var without = Host.Modern.With("ID_AA64MMFR3_EL1", 0x110);
        Certain(without, Host.Modern, "TCR2_EL1", "register-hidden", Errno.ENOENT);
        Possible(
            without.Without("KVM_REG_ARM_VENDOR_HYP_BMAP_2"),
            Host.Modern.Without("KVM_REG_ARM_VENDOR_HYP_BMAP_2"),
            "TCR2_EL1",
            "register-hidden",
            Errno.ENOENT
        );
    }

    [Test]
    public void A_register_of_a_feature_stays_if_the_id_register_was_refused()
    {
        var without = Host.Modern.With("ID_AA64MMFR3_EL1", 0x1000_0000_0110);
        Certain(without, Host.Modern, "ID_AA64MMFR3_EL1", "id-register-fixed", Errno.EINVAL);
    }

    [TestCase("KVM_REG_ARM_PSCI_VERSION", 0x10003ul, 0x10001ul, true)]
    [TestCase("KVM_REG_ARM_PSCI_VERSION", 0x10001ul, 0x10003ul, false)]
    [TestCase("KVM_REG_ARM_PSCI_VERSION", 1ul, 0x10003ul, true)]
    [TestCase("KVM_REG_ARM_PSCI_VERSION", 2ul, 1ul, true)]
    [TestCase("KVM_REG_ARM_PSCI_VERSION", 0x8000ul, 0x10003ul, true)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1", 2ul, 1ul, true)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1", 0ul, 2ul, false)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2", 3ul, 0ul, true)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2", 1ul, 0ul, false)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2", 0ul, 3ul, false)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2", 0x12ul, 3ul, false)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2", 0x13ul, 3ul, true)]
    [TestCase("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3", 2ul, 1ul, true)]
    [TestCase("KVM_REG_ARM_STD_BMAP", 1ul, 0ul, true)]
    [TestCase("KVM_REG_ARM_VENDOR_HYP_BMAP", 1ul, 3ul, false)]
    [TestCase("KVM_REG_ARM_VENDOR_HYP_BMAP_2", 3ul, 0ul, false)]
    public void Firmware_may_not_be_more_than_the_hosts(string name, ulong from, ulong to, bool refused)
    {
        var (source, destination) = (Host.Modern.With(name, from), Host.Modern.With(name, to));
        if (refused)
        {
            Certain(source, destination, name, "firmware-beyond", Errno.EINVAL);
        }
        else
        {
            Assert.That(RegisterRestore.Predict(source.Facts(), destination.Facts()), Is.Empty);
        }
    }

    [Test]
    public void Hypercalls_of_a_newer_kernel_may_or_may_not_be_known() =>
        Possible(
            Host.Modern.With("KVM_REG_ARM_VENDOR_HYP_BMAP_2", 4),
            Host.Modern,
            "KVM_REG_ARM_VENDOR_HYP_BMAP_2",
            "firmware-beyond",
            Errno.EINVAL
        );

    [Test]
    public void Caches_that_need_no_cleaning_are_refused_by_a_host_with_caches_that_do()
    {
        var needs = Host.Modern.With("CTR_EL0", 0x8444_C004).With("CLIDR_EL1", 0x0920_0003);
        Assert.That(RegisterRestore.Predict(needs.Facts(), Host.Modern.Facts()), Is.Empty);
        var refused = RegisterRestore.Predict(Host.Modern.Facts(), needs.Facts());
        Assert.That(
            refused.Select(register => $"{register.Id.Name} {register.Rule.Name} {register.Certain}"),
            Is.EqualTo(new[] { "CLIDR_EL1 cache-levels True", "CTR_EL0 id-register-beyond True" })
        );
        Certain(
            Host.Modern.With("CLIDR_EL1", 1UL << 47 | 0x100_0004),
            Host.Modern,
            "CLIDR_EL1",
            "cache-levels",
            Errno.EINVAL
        );
    }

    [Test]
    public void Cache_lines_may_be_longer_than_the_hosts_but_not_shorter()
    {
        Assert.That(
            RegisterRestore.Predict(Host.Modern.With(RegisterId.Ccsidr(0), 0x701F_E01B).Facts(), Host.Modern.Facts()),
            Is.Empty
        );
        var refused = Certain(
            Host.Modern.With(RegisterId.Ccsidr(1), 1),
            Host.Modern,
            "CCSIDR[1]",
            "cache-line",
            Errno.EINVAL
        );
        Assert.That(refused.Because, Is.EqualTo("lines of 32 bytes, and here 64"));
    }

    [Test]
    public void A_host_of_which_the_list_does_not_report_how_it_has_caches_may_refuse_any_other()
    {
        var to = Host.Modern.Without("DBGBVR0_EL1");
        Possible(
            Host.Modern.Without("DBGBVR0_EL1").With(RegisterId.Ccsidr(0), 1),
            to,
            "CCSIDR[0]",
            "cache-line",
            Errno.EINVAL
        );
        Possible(
            Host.Modern.Without("DBGBVR0_EL1").With("CLIDR_EL1", 0),
            to,
            "CLIDR_EL1",
            "cache-levels",
            Errno.EINVAL
        );
    }

    [TestCase("ID_AA64MMFR2_EL1", 0x10ul, "id-register-invariant")]
    [TestCase("ID_AA64PFR0_EL1", 0x1100_0000_1111_1111ul, "id-register-invariant")]
    [TestCase("ID_AA64PFR0_EL1", 0x1200_0000_1111_1112ul, "id-register-csv")]
    [TestCase("CTR_EL0", 0x8444_C004ul, "register-invariant")]
    [TestCase("CLIDR_EL1", 0xC3000003ul, "register-invariant")]
    [TestCase("MIDR_EL1", 0x410FD0B1ul, "register-invariant")]
    public void An_early_kernel_wants_its_own_values(string name, ulong value, string rule) =>
        Certain(Host.Early.With(name, value), Host.Early, name, rule, Errno.EINVAL);

    [Test]
    public void An_early_kernel_wants_its_own_cpus_caches() =>
        Certain(Host.Early.With(RegisterId.Ccsidr(0), 2), Host.Early, "CCSIDR[0]", "cache-geometry", Errno.EINVAL);

    [Test]
    public void An_early_kernel_takes_a_host_that_is_less_safe() =>
        Assert.That(
            RegisterRestore.Predict(Host.Early.With("ID_AA64PFR0_EL1", 0x1111_1112).Facts(), Host.Early.Facts()),
            Is.Empty
        );

    [Test]
    public void A_kernel_between_the_two_may_refuse_any_other_value() =>
        Possible(
            Host.Modern.WithoutMasks().With("ID_AA64MMFR2_EL1", 0),
            Host.Modern.WithoutMasks(),
            "ID_AA64MMFR2_EL1",
            "id-register-invariant",
            Errno.EINVAL
        );

    [Test]
    public void A_register_that_the_source_refuses_itself_is_refused_by_the_destination()
    {
        var to = Host.Modern.Refusing("SCTLR_EL1", Errno.EPERM);
        Certain(Host.Modern, to, "SCTLR_EL1", "refused-at-home", Errno.EPERM);
        var other = Possible(Host.Modern.With("SCTLR_EL1", 1), to, "SCTLR_EL1", "refused-at-home", Errno.EPERM);
        Assert.That(other.Errnos, Is.EqualTo(new[] { Errno.EPERM, Errno.EINVAL }));
    }

    [Test]
    public void A_value_that_is_refused_for_its_own_sake_may_end_in_either_errno()
    {
        var to = Host.Modern.Refusing("MIDR_EL1", Errno.EPERM);
        var refused = RegisterRestore.Predict(Host.Modern.With("MIDR_EL1", 0).Facts(), to.Facts()).Single();
        Assert.That(refused.Rule.Name, Is.EqualTo("register-invariant"));
        Assert.That(refused.Errnos, Is.EqualTo(new[] { Errno.EINVAL, Errno.EPERM }));
    }

    [TestCase(new byte[] { 0b1011 }, new byte[] { 0b1011 }, false)]
    [TestCase(new byte[] { 0b0011 }, new byte[] { 0b1011 }, false, Description = "a smaller largest")]
    [TestCase(new byte[] { 0b1111 }, new byte[] { 0b1011 }, true, Description = "one that the host hasn't")]
    [TestCase(new byte[] { 0b1001 }, new byte[] { 0b1011 }, true, Description = "one that the host has is left out")]
    [TestCase(new byte[] { 0b1011, 1 }, new byte[] { 0b1011 }, true, Description = "a larger one")]
    [TestCase(new byte[] { 0 }, new byte[] { 0b1011 }, true, Description = "none")]
    public void Vector_lengths_have_to_be_the_hosts_up_to_the_largest(byte[] from, byte[] to, bool refused)
    {
        static Host Lengths(byte[] bytes)
        {
            Array.Resize(ref bytes, 64);
            return Host.Modern.With(RegisterId.VectorLengths, bytes);
        }

        if (refused)
        {
            Certain(Lengths(from), Lengths(to), "KVM_REG_ARM64_SVE_VLS", "vector-lengths", Errno.EINVAL);
        }
        else
        {
            Assert.That(RegisterRestore.Predict(Lengths(from).Facts(), Lengths(to).Facts()), Is.Empty);
        }
    }

    [TestCase(0x10ul, 0x3C5ul, false, Description = "AArch32 user")]
    [TestCase(0x13ul, 0x3C5ul, true, Description = "AArch32 supervisor")]
    [TestCase(0x13ul, 0x1D3ul, false)]
    [TestCase(0x5ul, 0x1D3ul, true)]
    [TestCase(0x9ul, 0x3C5ul, true, Description = "EL2")]
    [TestCase(0x8ul, 0x3C9ul, false)]
    [TestCase(0x1ul, 0x3C5ul, true)]
    public void A_vcpu_can_not_be_in_a_mode_that_it_has_not(ulong from, ulong to, bool refused)
    {
        var (source, destination) = (
            Host.Modern.With(RegisterId.ProcessorState, from),
            Host.Modern.With(RegisterId.ProcessorState, to)
        );
        if (refused)
        {
            Certain(source, destination, "PSTATE", "pstate-mode", Errno.EINVAL);
        }
        else
        {
            Assert.That(RegisterRestore.Predict(source.Facts(), destination.Facts()), Is.Empty);
        }
    }

    [Test]
    public void The_first_is_the_first_that_is_certain_or_one_that_may_come_before()
    {
        var from = Host
            .Modern.With("ID_AA64PFR1_EL1", 0x1_0021)
            .With("ID_AA64MMFR0_EL1", 0x1026)
            .With("ID_AA64MMFR2_EL1", 0);
        var first = RegisterRestore.First(RegisterRestore.Predict(from.Facts(), Host.Modern.Facts()));
        Assert.That(
            first.Select(refused => $"{refused.Id.Name} {refused.Certain}"),
            Is.EqualTo(new[] { "ID_AA64PFR1_EL1 False", "ID_AA64MMFR0_EL1 True" })
        );
        Assert.That(RegisterRestore.First([]), Is.Empty);
    }

    [Test]
    public void A_possible_refusal_agrees_with_both_outcomes_and_a_certain_one_with_its_errno()
    {
        var certain = new RefusedRegister(RegisterId.X(0), [Errno.EINVAL], true, RegisterRules.Home, "");
        Assert.Multiple(() =>
        {
            Assert.That(certain.Allows(Errno.EINVAL), Is.True);
            Assert.That(certain.Allows(Errno.None), Is.False);
            Assert.That(certain.Allows(Errno.ENOENT), Is.False);
            Assert.That((certain with { Certain = false }).Allows(Errno.None), Is.True);
            Assert.That((certain with { Certain = false }).Allows(Errno.ENOENT), Is.False);
        });
    }

    [Test]
    public void Rules_have_names_of_their_own() => Assert.That(RegisterRules.All.Select(rule => rule.Name), Is.Unique);

    [Test]
    public void A_value_of_another_size_than_its_id_says_is_refused_by_name() =>
        Assert.That(
            () => Host.Modern.With(RegisterId.X(3), new byte[4]).Facts(),
            Throws.ArgumentException.With.Message.Contains("X3: 4 bytes")
        );

    private static RefusedRegister Certain(Host from, Host to, string name, string rule, Errno errno) =>
        Only(from, to, name, rule, errno, true);

    private static RefusedRegister Possible(Host from, Host to, string name, string rule, Errno errno) =>
        Only(from, to, name, rule, errno, false);

    private static RefusedRegister Only(Host from, Host to, string name, string rule, Errno errno, bool certain)
    {
        var refused = RegisterRestore.Predict(from.Facts(), to.Facts());
        Assert.That(
            refused.Select(register => register.Id.Name),
            Is.EqualTo(new[] { name }),
            string.Join('\n', refused)
        );
        Assert.That(refused[0].Rule.Name, Is.EqualTo(rule));
        Assert.That(refused[0].Errnos, Does.Contain(errno));
        Assert.That(refused[0].Certain, Is.EqualTo(certain));
        return refused[0];
    }
}
