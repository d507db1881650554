using E = Harness.Model.EffectiveType;
using S2 = Harness.Model.MemoryType;

namespace Harness.Model.Tests;

/// <summary>What guests may observe of each operation.</summary>
public class GuestExpectationTests
{
    private const GuestResult Fault = GuestResult.AlignmentFault;

    //        stage 1             stage 2               FWB    unaligned accesses and DC ZVA
    [TestCase(E.NormalWriteBack, S2.NormalWriteBack, true, GuestResult.Works)]
    [TestCase(E.NormalNonCacheable, S2.NormalWriteBack, false, GuestResult.Works)]
    [TestCase(E.NormalWriteBack, S2.NormalNonCacheable, true, GuestResult.Works)]
    [TestCase(E.DeviceGRE, S2.NormalWriteBack, false, Fault)]
    [TestCase(E.DeviceNGnRnE, S2.NormalNonCacheable, true, Fault)]
    [TestCase(E.DeviceNGnRE, S2.DeviceNGnRE, true, Fault)]
    [TestCase(E.DeviceGRE, S2.NormalWriteBack, true, GuestResult.Works | Fault)]
    [TestCase(E.NormalWriteBack, S2.DeviceNGnRE, false, Fault | GuestResult.RunFails)]
    public void Unaligned_access_to_Device_memory_faults_in_the_stage_that_makes_it_Device(
        E one,
        S2 two,
        bool fwb,
        GuestResult expected
    )
    {
        var view = new GuestView(one, new Leaf(two, true, false), fwb);
        foreach (
            var operation in (GuestOperation[])
                [GuestOperation.UnalignedLoad, GuestOperation.UnalignedStore, GuestOperation.ZeroBlock]
        )
            Assert.That(GuestExpectation.Of(view, operation).Ends, Is.EqualTo(expected), operation.ToString());
    }

    [Test]
    public void Atomics_must_work_on_write_back_memory_alone()
    {
        foreach (var operation in (GuestOperation[])[GuestOperation.ExclusivePair, GuestOperation.AtomicAdd])
        {
            Assert.That(Of(E.NormalWriteBack, operation).Ends, Is.EqualTo(GuestResult.Works));
            foreach (var type in Enum.GetValues<E>().Where(t => t != E.NormalWriteBack))
                Assert.That(
                    Of(type, operation).Ends.HasFlag(GuestResult.Works | GuestResult.ExclusiveFault),
                    Is.True,
                    type.ToString()
                );
        }
    }

    [TestCase(E.NormalWriteBack, 0xff, true)]
    [TestCase(E.NormalWriteThrough, 0xbb, true)]
    [TestCase(E.NormalWriteThrough, 0x44, true)]
    [TestCase(E.NormalWriteThrough, 0xff, false)]
    [TestCase(E.NormalNonCacheable, 0x04, false)]
    [TestCase(E.DeviceNGRE, 0x00, true)]
    [TestCase(E.DeviceNGnRE, 0x0c, false)]
    [TestCase(E.NormalWriteBack, 0x77, false)]
    public void AT_reports_stage_1s_type_or_what_the_CPU_makes_of_it(E one, byte told, bool allowed) =>
        Assert.That(
            Of(one, GuestOperation.Translate).Allows(new GuestObservation(GuestResult.Works, told)),
            Is.EqualTo(allowed)
        );

    [Test]
    public void An_operation_is_its_accesses_to_stage_2_and_a_case_says_so()
    {
        foreach (var operation in Enum.GetValues<GuestOperation>())
        {
            var use = new GuestUse(E.NormalNonCacheable, operation);
            var c = new GuestCase(Backing.Plain, true, SlotFlags.None, use);
            Assert.That(c.UnsupportedReason, Is.Null);
            Assert.That(c.Key, Does.EndWith($" s1=nc op={GuestText.Word(operation)}"));
            var plain = new AccessCase(c.Backing, true, SlotFlags.None, use.Accesses);
            Assert.That(plain.Key, Does.Not.Contain("s1="));
            Assert.That(
                (c.Accesses, (Case)c),
                Is.EqualTo((use.Accesses, c with { Use = use })).And.Not.EqualTo((use.Accesses, (Case)plain))
            );
            Assert.That(c, Is.Not.EqualTo(c with { Use = use with { StageOne = E.NormalWriteBack } }));
        }
    }

    private static GuestExpectation Of(E one, GuestOperation operation) =>
        GuestExpectation.Of(new GuestView(one, new Leaf(S2.NormalWriteBack, true, false), Fwb: false), operation);
}
