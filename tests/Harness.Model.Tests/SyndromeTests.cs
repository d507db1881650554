using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>Loads and stores without a valid syndrome.</summary>
public class SyndromeTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: true);

    private static readonly Access[] Loads =
    [
        Access.LoadPostIndexed,
        Access.LoadPreIndexed,
        Access.LoadPair,
        Access.LoadVector,
    ];

    private static readonly Access[] Stores =
    [
        Access.StorePostIndexed,
        Access.StorePreIndexed,
        Access.StorePair,
        Access.StoreVector,
    ];

    private static readonly Access[] WideStores = [Access.StoreByte, Access.StoreHalf, Access.StoreDouble];

    private static readonly Access[] WideLoads = [Access.LoadByte, Access.LoadSignedHalf, Access.LoadDouble];

    [Test]
    public void Only_loads_and_stores_of_one_register_that_write_nothing_back_have_one()
    {
        Assert.That(
            Enum.GetValues<Access>().Where(a => a.HasSyndrome()),
            Is.EqualTo([Access.Read, Access.Write, Access.ReadNext, .. WideLoads, .. WideStores])
        );
        Assert.That(
            Enum.GetValues<Access>().Where(a => a.Stores()),
            Is.EquivalentTo([.. Stores, Access.Write, .. WideStores])
        );
    }

    [TestCase(Access.LoadByte, false, 1, 0ul)]
    [TestCase(Access.LoadSignedHalf, false, 2, 0ul)]
    [TestCase(Access.Read, false, 4, 0ul)]
    [TestCase(Access.LoadDouble, false, 8, 0ul)]
    [TestCase(Access.StoreByte, true, 1, 0xa5ul)]
    [TestCase(Access.StoreHalf, true, 2, 0xa5a5ul)]
    [TestCase(Access.Write, true, 4, 0x5a5a_a5a5ul)]
    [TestCase(Access.StoreDouble, true, 8, 0x5a5a_a5a5ul)]
    public void An_exit_carries_width_and_low_bytes(Access access, bool write, int bytes, ulong data) =>
        Assert.That(
            MmioRequest.Of(access, 0x4000_0000, 0x5a5a_a5a5),
            Is.EqualTo(new MmioRequest(0x4000_0000, write, bytes, data))
        );

    [TestCaseSource(nameof(Loads))]
    [TestCaseSource(nameof(Stores))]
    public void Where_no_slot_is_the_run_fails_and_the_rule_says_why(Access access)
    {
        var c = Plain(Access.Write, access) with { Change = new LiveChange(ChangeKind.DeleteSlot) };
        foreach (var policy in Mainline.All)
        {
            var last = policy.Predict(Host, c).Accesses[^1];
            Assert.That(last.Outcome, Is.EqualTo(Outcome.RunFails(Errno.ENOSYS)), policy.Name);
            Assert.That(last.Path.Select(r => r.Name), Is.EqualTo(new[] { "no-slot-no-syndrome" }), policy.Name);
            Assert.That(last.Path[0].Source.Function, Is.EqualTo("io_mem_abort"));
        }
    }

    [TestCaseSource(nameof(WideLoads))]
    [TestCaseSource(nameof(WideStores))]
    [TestCase(Access.Read)]
    [TestCase(Access.Write)]
    public void A_plain_access_where_no_slot_is_leaves_to_userspace(Access access)
    {
        var c = Plain(Access.Write, access) with { Change = new LiveChange(ChangeKind.DeleteSlot) };
        foreach (var policy in Mainline.All)
            Assert.That(
                policy.Predict(Host, c).Accesses[^1].Outcome.Kind,
                Is.EqualTo(OutcomeKind.MmioExit),
                policy.Name
            );
    }

    [TestCaseSource(nameof(Stores))]
    public void A_store_to_a_readonly_slot_fails_and_a_load_is_mapped(Access access)
    {
        var c = Plain(access) with { Slot = SlotFlags.ReadOnly };
        foreach (var policy in Mainline.All)
        {
            var only = policy.Predict(Host, c).Accesses.Single();
            Assert.That(only.Outcome, Is.EqualTo(Outcome.RunFails(Errno.ENOSYS)), policy.Name);
            Assert.That(only.Path.Select(r => r.Name), Is.EqualTo(new[] { "readonly-slot-no-syndrome" }), policy.Name);
            foreach (var load in Loads)
                Assert.That(
                    policy.Predict(Host, c with { Sequence = new AccessList(load) }).Accesses.Single().Outcome,
                    Is.EqualTo(
                        policy
                            .Predict(Host, c with { Sequence = new AccessList(Access.Read) })
                            .Accesses.Single()
                            .Outcome
                    ),
                    policy.Name
                );
        }
    }

    [Test]
    public void Where_a_slot_is_they_are_loads_and_stores_like_any_other()
    {
        Backing[] backings =
        [
            Backing.Plain,
            new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.DeviceNGnRE, Sharing.Shared, AllowAnyUncached: false),
        ];
        foreach (var policy in Mainline.All)
        foreach (var backing in backings)
        foreach (var slot in (SlotFlags[])[SlotFlags.None, SlotFlags.LogDirtyPages])
        foreach (var (like, accesses) in ((Access, Access[])[])[(Access.Read, Loads), (Access.Write, Stores)])
        foreach (var access in accesses)
        {
            var c = new AccessCase(backing, VmaWritable: true, slot, new AccessList(access));
            var plain = c with { Sequence = new AccessList(like) };
            Assert.That(
                policy.Predict(Host, c).Accesses.Select(a => a.Outcome),
                Is.EqualTo(policy.Predict(Host, plain).Accesses.Select(a => a.Outcome)),
                $"{policy.Name}: {c}"
            );
        }
    }

    private static AccessCase Plain(params Access[] accesses) =>
        new(Backing.Plain, VmaWritable: true, SlotFlags.None, new AccessList(accesses));
}
