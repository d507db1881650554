using E = Harness.Model.EffectiveType;
using S2 = Harness.Model.MemoryType;

namespace Harness.Model.Tests;

/// <summary>Stage 1 by stage 2, written by hand, and what a guest can observe of the result.</summary>
public class GuestViewTests
{
    private static readonly Dictionary<string, E> Types = new()
    {
        ["nGnRnE"] = E.DeviceNGnRnE,
        ["nGnRE"] = E.DeviceNGnRE,
        ["nGRE"] = E.DeviceNGRE,
        ["GRE"] = E.DeviceGRE,
        ["NC"] = E.NormalNonCacheable,
        ["WT"] = E.NormalWriteThrough,
        ["WB"] = E.NormalWriteBack,
    };

    //                                      stage 1: nGnRnE nGnRE  nGRE   GRE    NC     WT     WB
    [TestCase(S2.NormalWriteBack, false, "nGnRnE nGnRE  nGRE   GRE    NC     WT     WB")]
    [TestCase(S2.NormalNonCacheable, false, "nGnRnE nGnRE  nGRE   GRE    NC     NC     NC")]
    [TestCase(S2.DeviceNGnRE, false, "nGnRnE nGnRE  nGnRE  nGnRE  nGnRE  nGnRE  nGnRE")]
    [TestCase(S2.NormalWriteBack, true, "WB     WB     WB     WB     WB     WB     WB")]
    [TestCase(S2.NormalNonCacheable, true, "nGnRnE nGnRE  nGRE   GRE    NC     NC     NC")]
    [TestCase(S2.DeviceNGnRE, true, "nGnRnE nGnRE  nGnRE  nGnRE  nGnRE  nGnRE  nGnRE")]
    public void Both_stages_come_to_what_the_architecture_says(S2 stageTwo, bool fwb, string row)
    {
        var expected = row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => Types[w]);

        Assert.That(
            Types.Values.Select(one => new GuestView(one, new Leaf(stageTwo, true, true), fwb).Type),
            Is.EqualTo(expected)
        );
    }

    //        stage 1           stage 2              FWB    unaligned, ZVA fault; exclusives sure
    [TestCase(E.DeviceNGnRnE, S2.NormalWriteBack, false, true, false)]
    [TestCase(E.DeviceNGnRnE, S2.NormalWriteBack, true, false, true)]
    [TestCase(E.DeviceGRE, S2.NormalNonCacheable, true, true, false)]
    [TestCase(E.NormalWriteBack, S2.DeviceNGnRE, true, true, false)]
    [TestCase(E.NormalWriteBack, S2.NormalNonCacheable, true, false, false)]
    [TestCase(E.NormalNonCacheable, S2.NormalWriteBack, false, false, false)]
    [TestCase(E.NormalWriteThrough, S2.NormalWriteBack, false, false, false)]
    [TestCase(E.NormalWriteBack, S2.NormalWriteBack, false, false, true)]
    public void A_guest_sees_a_device_by_its_alignment_and_write_back_by_its_exclusives(
        E stageOne,
        S2 stageTwo,
        bool fwb,
        bool device,
        bool exclusives
    )
    {
        var view = new GuestView(stageOne, new Leaf(stageTwo, true, false), fwb);

        Assert.That(view.UnalignedAccess, Is.EqualTo(device ? Unaligned.GuestFaults : Unaligned.Works));
        Assert.That(view.ZeroingFaults, Is.EqualTo(device));
        Assert.That(view.ExclusivesSure, Is.EqualTo(exclusives));
    }

    [Test]
    public void Only_types_that_are_looked_up_in_caches_go_through_them()
    {
        var cached = Types.Where(t =>
            !new GuestView(t.Value, new Leaf(S2.NormalWriteBack, true, true), Fwb: false).BypassesCaches
        );

        Assert.That(cached.Select(t => t.Key), Is.EqualTo(new[] { "WT", "WB" }));
    }

    [Test]
    public void A_fetch_depends_on_the_leaf_alone()
    {
        Assert.That(
            new GuestView(E.NormalWriteBack, new Leaf(S2.NormalWriteBack, true, false), true).FetchFaults,
            Is.True
        );
        Assert.That(
            new GuestView(E.NormalWriteBack, new Leaf(S2.NormalWriteBack, true, true), true).FetchFaults,
            Is.False
        );
    }

    // As measured on QEMU 10.0.2 with two vCPUs.
    //        stage 1           stage 2              FWB    first                  later
    [TestCase(E.NormalWriteBack, S2.DeviceNGnRE, true, Unaligned.RunFails, Unaligned.GuestFaults)]
    [TestCase(E.NormalNonCacheable, S2.DeviceNGnRE, false, Unaligned.RunFails, Unaligned.GuestFaults)]
    [TestCase(E.DeviceNGnRnE, S2.NormalWriteBack, true, Unaligned.GuestFaults, Unaligned.Works)]
    [TestCase(E.DeviceNGnRnE, S2.NormalWriteBack, false, Unaligned.GuestFaults, Unaligned.Works)]
    [TestCase(E.DeviceGRE, S2.NormalNonCacheable, true, Unaligned.GuestFaults, Unaligned.Works)]
    [TestCase(E.NormalWriteBack, S2.NormalNonCacheable, true, Unaligned.Works, Unaligned.Works)]
    public void Under_TCG_an_unaligned_access_that_is_the_first_is_checked_against_the_wrong_type(
        E stageOne,
        S2 stageTwo,
        bool fwb,
        Unaligned first,
        Unaligned later
    )
    {
        var view = new GuestView(stageOne, new Leaf(stageTwo, true, false), fwb).UnderTcg;

        Assert.That((view.UnalignedFirst, view.UnalignedLater), Is.EqualTo((first, later)));
        Assert.That((view.ZeroingFaults, view.ExclusivesSure, view.FetchFaults), Is.EqualTo((false, true, true)));
    }
}
