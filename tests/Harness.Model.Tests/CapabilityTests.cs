using Harness.Model.Policies;

namespace Harness.Model.Tests;

public class CapabilityTests
{
    private static readonly HostFacts Hypervisor = new(true, true, KvmMode.Protected);

    private static Capability Of(Policy policy, int number) => policy.Capabilities.Single(c => c.Number == number);

    /// <summary>
    /// kvm_pkvm_ext_allowed(); measured on booted hosts: 243 is 1 for an ordinary VM, and 0 for a protected one.
    /// </summary>
    [TestCase(81, 1, 0)]
    [TestCase(231, 1, 1)]
    [TestCase(234, 1, 1)]
    [TestCase(243, 1, 0)]
    [TestCase(244, 3, 3)]
    [TestCase(245, 1, 0)]
    public void A_protected_VM_gets_generic_capabilities_alone(int number, int ordinary, int guarded)
    {
        var capability = Of(Mainline.V7_2, number);

        Assert.That(
            (capability.OnVm(Hypervisor), capability.OnProtectedVm(Hypervisor)),
            Is.EqualTo((ordinary, guarded))
        );
    }

    [Test]
    public void Block_sizes_are_hidden_in_protected_mode_from_7_3_on()
    {
        Assert.That(Of(Mainline.V7_2_10, 229).OnVm(Hypervisor), Is.EqualTo(0x4020_1000));
        Assert.That(
            (Of(Mainline.V7_3, 229).OnVm(Hypervisor), Of(Mainline.V7_3, 229).System(Hypervisor)),
            Is.EqualTo((0, 0))
        );
        Assert.That(Of(Mainline.V7_3, 229).OnVm(new HostFacts(true, true)), Is.EqualTo(0x4020_1000));
    }
}
