using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>Guest operations that end differently in the kernel from a plain access.</summary>
public class GuestOperationTests
{
    private static readonly Backing Device = new(
        VmaKind.PfnMap,
        KernelMap.Unknown,
        VmaMemoryType.DeviceNGnRE,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    private static readonly HostFacts Host = new(Fwb: true, Dic: true);

    [TestCase(GuestOperation.ZeroBlock)]
    [TestCase(GuestOperation.ExclusivePair)]
    [TestCase(GuestOperation.AtomicAdd)]
    [TestCase(GuestOperation.CompareAndSwap)]
    public void A_store_without_a_syndrome_to_a_readonly_slot_can_not_be_emulated(GuestOperation operation)
    {
        var use = new GuestUse(EffectiveType.NormalWriteBack, operation);
        var c = new GuestCase(Backing.Plain, VmaWritable: true, SlotFlags.ReadOnly, use);

        Assert.That(c.UnsupportedReason, Is.Null);
        foreach (var policy in Mainline.All)
        {
            var last = policy.Predict(Host, c).Accesses[^1];
            Assert.That(last.Outcome, Is.EqualTo(Outcome.RunFails(Errno.ENOSYS)), policy.Name);
            Assert.That(
                last.Path[^1].Name,
                Is.EqualTo("readonly-slot-no-syndrome"),
                "the rule that is told is the one that decides"
            );
        }
    }

    [TestCase(GuestOperation.ExclusivePair)]
    [TestCase(GuestOperation.AtomicAdd)]
    [TestCase(GuestOperation.CompareAndSwap)]
    public void An_atomic_where_no_slot_is_can_not_be_emulated(GuestOperation operation)
    {
        var use = new GuestUse(EffectiveType.NormalWriteBack, operation);
        var c = new GuestCase(Backing.Plain, VmaWritable: true, SlotFlags.None, use)
        {
            Change = new LiveChange(ChangeKind.DeleteSlot),
        };

        Assert.That(c.UnsupportedReason, Is.Null);
        foreach (var policy in Mainline.All)
            Assert.That(
                policy.Predict(Host, c).Accesses[^1].Outcome,
                Is.EqualTo(Outcome.RunFails(Errno.ENOSYS)),
                policy.Name
            );
    }

    [Test]
    public void An_operation_that_begins_with_a_plain_access_has_no_change_before_it()
    {
        var use = new GuestUse(EffectiveType.NormalWriteBack, GuestOperation.ZeroBlock);
        var c = new GuestCase(Backing.Plain, VmaWritable: true, SlotFlags.None, use)
        {
            Change = new LiveChange(ChangeKind.DeleteSlot),
        };

        Assert.That(c.UnsupportedReason, Does.Contain("first, aligned access"));
    }

    [Test]
    public void A_walk_through_device_memory_faults_for_ever_and_through_other_memory_it_does_not()
    {
        var use = new GuestUse(EffectiveType.NormalWriteBack, GuestOperation.Walk);
        var device = new GuestCase(Device, VmaWritable: true, SlotFlags.None, use);
        var plain = device with { Backing = Backing.Plain };

        foreach (var policy in Mainline.All)
        {
            Assert.That(
                policy.Predict(Host, device).Accesses[0].Outcome.Leaf.Type,
                Is.EqualTo(MemoryType.DeviceNGnRE),
                policy.Name
            );
            Assert.That(policy.Predict(Host, device).Accesses[^1].Outcome, Is.EqualTo(Outcome.Stalls), policy.Name);
            Assert.That(
                policy.Predict(Host, plain).Accesses[^1].Outcome.Kind,
                Is.EqualTo(OutcomeKind.Mapped),
                policy.Name
            );
        }
    }
}
