using Harness.Model.Outcomes;

namespace Harness.Model.Tests.Outcomes;

public class StageTwoDescriptorTests
{
    private const ulong Ipa = 0x4000_0000;

    [TestCase(0x0040_0000_b214_47dbul, 3, Ipa, 4096ul, 0xb214_4000ul)]
    [TestCase(0x0040_0000_b214_47dbul, 3, Ipa + 0x1000, 4096ul, 0xb214_4000ul)]
    [TestCase(0x0040_0000_b200_07d9ul, 2, Ipa + 0x3000, 4096ul, 0xb200_3000ul)]
    [TestCase(0x0040_0000_b200_07d9ul, 2, Ipa + 0x1f_f000, 4096ul, 0xb21f_f000ul)]
    [TestCase(0x0040_0000_b215_57dbul, 3, Ipa, 65536ul, 0x5_0000_b215_0000ul)]
    [TestCase(0x0040_0000_a000_07d9ul, 2, Ipa + 0x1fff_0000, 65536ul, 0xbfff_0000ul)]
    [TestCase(0x0040_0000_b214_47dbul, 3, Ipa, 16384ul, 0xb214_4000ul)]
    [TestCase(0x0040_0000_b200_07d9ul, 2, Ipa + 0x1ff_c000, 16384ul, 0xb3ff_c000ul)]
    [TestCase(0x0043_0000_b214_47dbul, 3, Ipa, 4096ul, 0xb214_4000ul)]
    public void A_leaf_has_the_address_of_each_page_that_it_maps(
        ulong raw,
        int level,
        ulong ipa,
        ulong pageSize,
        ulong address
    ) => Assert.That(new StageTwoDescriptor(raw, level).PageAddress(ipa, pageSize), Is.EqualTo(address));
}
