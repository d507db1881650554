using System.Globalization;
using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Tests.Kvm;

/// <summary>The declarations of Harness.Probe.Kvm match the C headers, on arm64.</summary>
public sealed unsafe class DeclarationTests
{
    private const string Header = "linux/kvm.h";
    private static readonly string[] _core = ["sp", "pc", "pstate", "sp_el1", "elr_el1"];

    [Test]
    public void Every_struct_field_and_constant_is_what_the_headers_say()
    {
        var proof = new CProof();
        proof.Declarations(CProof.TypesBeside(typeof(KvmSystem)));
        // The variable part follows the fixed part directly, as the code that fills it in assumes.
        proof.Value("__builtin_offsetof(struct kvm_signal_mask, sigset)", Header, (ulong)sizeof(KvmSignalMask));
        proof.Value("__builtin_offsetof(struct kvm_reg_list, reg)", Header, (ulong)sizeof(KvmRegList));

        Assert.That(proof.Refutation(UapiHeaders.Includes), Is.Null);
        Assert.That(proof.Count, Is.GreaterThan(100), "the reflection found what there is");
    }

    [Test]
    public void No_declaration_is_left_without_a_proof() =>
        Assert.That(CProof.Unproved(CProof.TypesBeside(typeof(KvmSystem))), Is.Empty);

    [Test]
    public void A_declaration_without_an_attribute_is_found() =>
        Assert.That(
            CProof.Unproved(CProof.TypesBeside(typeof(DeclarationTests))),
            Is.SupersetOf(new[] { "Forgotten", "Unnamed.Plain", "Numbers.Bare", "Numbers.Computed" })
        );

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_reported_by_its_name(string expression, ulong value)
    {
        var proof = new CProof();
        proof.Value(expression, Header, value);

        Assert.That(proof.Refutation(UapiHeaders.Includes), Does.Contain(expression));
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return new TestCaseData("sizeof(struct kvm_one_reg)", 8ul);
        yield return new TestCaseData("__builtin_offsetof(struct kvm_run, exit_reason)", 4ul);
        yield return new TestCaseData("KVM_RUN", 0xae81ul);
        yield return new TestCaseData("KVM_NO_SUCH_CONSTANT", 0ul);
    }

    [Test]
    public void A_struct_that_differs_from_its_C_declaration_is_refuted()
    {
        var proof = new CProof();
        proof.Layout(typeof(Native.Half));

        var refutation = proof.Refutation(UapiHeaders.Includes);

        Assert.That(
            refutation,
            Does.Contain("sizeof(struct kvm_one_reg)").And.Contain("offsetof(struct kvm_one_reg, addr)")
        );
    }

    [Test]
    public void Core_registers_have_the_ids_that_their_place_in_kvm_regs_gives_them()
    {
        var proof = new CProof();
        foreach (string name in _core)
            proof.Value(
                CoreId(name.EndsWith("_el1", StringComparison.Ordinal) ? name : "regs." + name),
                Header,
                KvmRegister.ByName(name)
            );
        for (int i = 0; i <= 30; i++)
            proof.Value(
                CoreId($"regs.regs[{i}]"),
                Header,
                KvmRegister.ByName("x" + i.ToString(CultureInfo.InvariantCulture))
            );

        Assert.That(proof.Refutation(UapiHeaders.Includes), Is.Null);

        static string CoreId(string member) =>
            $"KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG({member})";
    }

    [Test]
    public void System_registers_are_those_that_the_assembler_knows_by_that_name()
    {
        // Bits 15:0 of ARM64_SYS_REG are bits 20:5 of MRS: op0, op1, CRn, CRm, op2.
        foreach (string name in KvmRegister.Names.Where(n => n[0] != 'x').Except(_core))
        {
            uint word = Assembler.Word($"mrs x0, {name}");
            Assert.That((word >> 5) & 0xffff, Is.EqualTo(KvmRegister.ByName(name) & 0xffff), name);
        }
    }

    [Test]
    public void A_register_has_the_size_that_its_id_reports()
    {
        var proof = new CProof();
        for (int bits = 8; bits <= 2048; bits *= 2)
            proof.Value(
                $"KVM_REG_SIZE(KVM_REG_ARM64 | KVM_REG_SIZE_U{bits} | KVM_REG_ARM64_SVE)",
                Header,
                (ulong)KvmRegister.Size(0x6000_0000_0015_0000 | (ulong)Math.Log2(bits / 8) << 52)
            );

        Assert.That(proof.Refutation(UapiHeaders.Includes), Is.Null);
    }

    [Test]
    public void A_mask_is_that_of_the_register_with_its_index()
    {
        // KVM_ARM_FEATURE_ID_RANGE_IDX is a statement expression, which a static assertion can't contain.
        var indices = Enumerable
            .Range(0, KvmConstants.KVM_ARM_FEATURE_ID_RANGE_SIZE)
            .Select(i =>
            {
                ulong id = KvmRegister.OfFeatureIndex(i);
                Assert.That(id & ~0x38fful, Is.EqualTo(KvmRegister.CTR_EL0 & ~0x38fful), "op0 is 3 and CRn 0");
                ulong op1 = id >> 11 & 3;
                return (int)(op1 - (op1 == 3 ? 1ul : 0) << 6 | (id >> 3 & 7) << 3 | id & 7);
            });

        Assert.That(indices, Is.EqualTo(Enumerable.Range(0, KvmConstants.KVM_ARM_FEATURE_ID_RANGE_SIZE)));
        Assert.That(KvmRegister.OfFeatureIndex(0b10_000_001), Is.EqualTo(KvmRegister.CTR_EL0));
        Assert.That(KvmRegister.OfFeatureIndex(0b00_111_001), Is.EqualTo(KvmRegister.ID_AA64MMFR1_EL1));
    }

    [TestCase("x31")]
    [TestCase("x-1")]
    [TestCase("x01")]
    [TestCase("x+1")]
    [TestCase("x 1")]
    [TestCase("X1")]
    [TestCase("")]
    [TestCase("pc ")]
    public void A_name_that_is_no_register_is_refused(string name) =>
        Assert.That(
            () => KvmRegister.ByName(name),
            Throws.TypeOf<FormatException>().With.Message.Contains($"'{name}'")
        );
}
