using Harness.Model.Registers;

namespace Harness.Model.Tests.Registers;

public sealed class RegisterIdTests
{
    // Ids as in KVM_GET_REG_LIST, and the names used by the kernel's get-reg-list selftest.
    [TestCase("6030000000100026", "X19", RegisterKind.Core, 64)]
    [TestCase("603000000010003e", "SP_EL0", RegisterKind.Core, 64)]
    [TestCase("6030000000100040", "PC", RegisterKind.Core, 64)]
    [TestCase("6030000000100042", "PSTATE", RegisterKind.Core, 64)]
    [TestCase("6030000000100044", "SP_EL1", RegisterKind.Core, 64)]
    [TestCase("6030000000100050", "SPSR_FIQ", RegisterKind.Core, 64)]
    [TestCase("6040000000100074", "V8", RegisterKind.Simd, 128)]
    [TestCase("60200000001000d4", "FPSR", RegisterKind.Simd, 32)]
    [TestCase("6030000000140000", "KVM_REG_ARM_PSCI_VERSION", RegisterKind.Firmware, 64)]
    [TestCase("6030000000140003", "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3", RegisterKind.Firmware, 64)]
    [TestCase("6030000000160002", "KVM_REG_ARM_VENDOR_HYP_BMAP", RegisterKind.FirmwareBitmap, 64)]
    [TestCase("603000000013df19", "KVM_REG_ARM_TIMER_CTL", RegisterKind.Timer, 64)]
    [TestCase("603000000013df02", "KVM_REG_ARM_TIMER_CVAL", RegisterKind.Timer, 64)]
    [TestCase("603000000013df1a", "KVM_REG_ARM_TIMER_CNT", RegisterKind.Timer, 64)]
    [TestCase("603000000013c020", "ID_AA64PFR0_EL1", RegisterKind.System, 64)]
    [TestCase("603000000013c000", "MIDR_EL1", RegisterKind.System, 64)]
    [TestCase("603000000013c023", "S3_0_C0_C4_3", RegisterKind.System, 64)]
    [TestCase("603000000013808c", "OSLSR_EL1", RegisterKind.System, 64)]
    [TestCase("603000000013807c", "DBGBVR15_EL1", RegisterKind.System, 64)]
    [TestCase("6020000000110003", "CCSIDR[3]", RegisterKind.Ccsidr, 32)]
    [TestCase("606000000015ffff", "KVM_REG_ARM64_SVE_VLS", RegisterKind.Sve, 512)]
    [TestCase("60800000001500e0", "Z7", RegisterKind.Sve, 2048)]
    [TestCase("6050000000150420", "P1", RegisterKind.Sve, 256)]
    [TestCase("6050000000150600", "FFR", RegisterKind.Sve, 256)]
    public void An_id_has_the_name_kind_and_size_that_the_kernel_gives_it(
        string text,
        string name,
        RegisterKind kind,
        int bits
    )
    {
        var id = RegisterId.Parse(text);
        Assert.Multiple(() =>
        {
            Assert.That(id.Name, Is.EqualTo(name));
            Assert.That(id.Kind, Is.EqualTo(kind));
            Assert.That(id.Bits, Is.EqualTo(bits));
            Assert.That(id.ToString(), Is.EqualTo(text));
        });
    }

    [TestCase("4030000000100026")]
    [TestCase("6030000100100026")]
    [TestCase("6030000000990026")]
    public void An_id_that_is_no_register_of_arm64_is_named_by_its_digits(string text)
    {
        Assert.That(RegisterId.Parse(text).Kind, Is.EqualTo(RegisterKind.Unknown));
        Assert.That(RegisterId.Parse(text).Name, Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("x030000000100026")]
    [TestCase("603000000010002")]
    [TestCase(" 60300000001000 ")]
    [TestCase("60300000001000261")]
    public void A_text_that_is_no_id_is_refused_by_name(string text)
    {
        Assert.That(() => RegisterId.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains(text));
        Assert.That(RegisterId.TryParse(text, out _), Is.False);
    }

    [Test]
    public void No_text_is_no_id() => Assert.That(RegisterId.TryParse(null, out _), Is.False);

    [Test]
    public void Every_known_register_is_found_by_its_name_and_has_a_kind()
    {
        Assert.That(RegisterNames.All, Has.Count.GreaterThan(300));
        foreach (var known in RegisterNames.All)
        {
            Assert.That(RegisterNames.Get(known.Name), Is.EqualTo(known.Id));
            Assert.That(known.Id.Kind, Is.Not.EqualTo(RegisterKind.Unknown), known.Name);
            Assert.That(known.Id.Name, Is.EqualTo(known.Name));
        }
    }

    [Test]
    public void Every_register_requirement_is_a_feature_or_a_known_field()
    {
        foreach (var known in RegisterNames.All.Where(known => known.Needs.Contains('.', StringComparison.Ordinal)))
        {
            var parts = known.Needs.Split('.');
            Assert.That(() => IdFields.Get(parts[0], parts[1]), Throws.Nothing, known.Name);
        }

        Assert.That(
            RegisterNames
                .All.Select(known => known.Needs)
                .Where(needs => !needs.Contains('.', StringComparison.Ordinal))
                .Distinct(),
            Is.SubsetOf(new[] { "", "PMUv3", "PAUTH", "SVE", "MTE", "EL2" })
        );
    }
}
