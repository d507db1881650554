using Harness.Model.Registers;

namespace Harness.Model.Tests.Registers;

public sealed class IdFieldTests
{
    [TestCase("ID_AA64MMFR2_EL1", "FWB", 0ul, 1ul, true, Description = "lower")]
    [TestCase("ID_AA64MMFR2_EL1", "FWB", 1ul, 0ul, false)]
    [TestCase("ID_AA64MMFR2_EL1", "FWB", 1ul, 1ul, true)]
    [TestCase("ID_AA64MMFR0_EL1", "TGRAN4", 0xFul, 0ul, true, Description = "signed: -1 is lower")]
    [TestCase("ID_AA64MMFR0_EL1", "TGRAN4", 0ul, 0xFul, false)]
    [TestCase("ID_AA64MMFR1_EL1", "SpecSEI", 1ul, 0ul, true, Description = "higher")]
    [TestCase("ID_AA64MMFR1_EL1", "SpecSEI", 0ul, 1ul, false)]
    [TestCase("ID_AA64MMFR0_EL1", "TGRAN4_2", 1ul, 2ul, true, Description = "exact: 1 is safe")]
    [TestCase("ID_AA64MMFR0_EL1", "TGRAN4_2", 3ul, 2ul, false)]
    [TestCase("CTR_EL0", "L1Ip", 2ul, 3ul, true)]
    [TestCase("CTR_EL0", "L1Ip", 3ul, 2ul, false)]
    [TestCase("CTR_EL0", "CWG", 0ul, 4ul, true, Description = "higher, or 0")]
    [TestCase("CTR_EL0", "CWG", 5ul, 4ul, true)]
    [TestCase("CTR_EL0", "CWG", 3ul, 4ul, false)]
    [TestCase("CTR_EL0", "CWG", 3ul, 0ul, false)]
    [TestCase("ID_AA64DFR0_EL1", "PMUVer", 4ul, 5ul, true)]
    [TestCase("ID_AA64DFR0_EL1", "PMUVer", 6ul, 5ul, false)]
    [TestCase("ID_AA64DFR0_EL1", "PMUVer", 9ul, 5ul, null, Description = "the sign differs between kernels")]
    public void A_field_may_be_set_to_the_safe_one_of_two_values(
        string register,
        string field,
        ulong wanted,
        ulong limit,
        bool? allowed
    ) => Assert.That(IdFields.Get(register, field).Allows(wanted, limit), Is.EqualTo(allowed));

    [Test]
    public void Fields_of_a_register_do_not_overlap_and_lie_in_it()
    {
        foreach (var known in RegisterNames.All.Where(known => IdFields.Of(known.Id).Count > 0))
        {
            var taken = 0UL;
            foreach (var field in IdFields.Of(known.Id))
            {
                Assert.That(field.Shift + field.Width, Is.LessThanOrEqualTo(64), $"{known.Name}.{field.Name}");
                Assert.That(taken & field.Mask, Is.Zero, $"{known.Name}.{field.Name}");
                taken |= field.Mask;
            }
        }
    }

    [Test]
    public void A_field_that_is_not_known_is_named() =>
        Assert.That(
            () => IdFields.Get("CTR_EL0", "Nothing"),
            Throws.ArgumentException.With.Message.Contains("Nothing")
        );
}
