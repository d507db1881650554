using Harness.Cases;
using Harness.Model.Policies;
using Harness.Model.Slots;

namespace Harness.Model.Tests;

/// <summary>
/// What each call returns, read call by call in kvm_vm_ioctl(), kvm_set_memory_region() and
/// check_memory_region_flags() of the release, and not taken from the model's checks.
/// </summary>
public class SlotCallTests
{
    private const string Inval = "EINVAL";

    private static readonly HostFacts Host = new(Fwb: true, Dic: true);

    private static readonly Policy[] Generations = [Mainline.V6_1, Mainline.V6_8, Mainline.V6_18, Mainline.V7_2];

    private static IReadOnlyList<SlotCallsCase> Cases { get; } = [.. AllCases.Cases.OfType<SlotCallsCase>()];

    private static string Returned(Policy policy, string calls) =>
        string.Join(
            ' ',
            policy
                .Predict(Host, new SlotCallsCase(calls))
                .SlotCalls.Select(c => c.Errno == Errno.None ? "0" : c.Errno.ToString())
        );

    [TestCase("create,create,log-on,log-on,create,delete,delete", "0 0 0 0 0 0 EINVAL")]
    [TestCase("delete,create", "EINVAL 0")]
    [TestCase(
        "create,grow,shrink,other-memory,read-only,read-only-log,log-on",
        "0 EINVAL EINVAL EINVAL EINVAL EINVAL 0"
    )]
    [TestCase("read-only,read-only,read-only-log,read-only,create,log-on,delete,create", "0 0 0 0 EINVAL EINVAL 0 0")]
    [TestCase("create,move,create,move-by-page,move-and-log,move-and-grow,delete", "0 0 0 0 0 EINVAL 0")]
    [TestCase("create,over-begin,over-end,within,around,beside,same-memory", "0 EEXIST EEXIST EEXIST EEXIST 0 0")]
    [TestCase("beside,create,move-by-page,over-begin,move,over-end,delete,create", "0 0 EEXIST EEXIST 0 0 0 EEXIST")]
    [TestCase("last-number,number-beyond,second-space,create", "0 EINVAL EINVAL 0")]
    [TestCase(
        "memory-unaligned,memory-tagged,memory-of-kernel,memory-beyond-task,memory-null,memory-null,create",
        "EINVAL EINVAL EINVAL EINVAL 0 0 EINVAL"
    )]
    [TestCase("address-unaligned,address-wraps,beyond-ipa,create", "EINVAL EINVAL EFAULT 0")]
    [TestCase("size-unaligned,size-wraps,size-largest,size-too-large,create", "EINVAL EINVAL EFAULT EINVAL 0")]
    public void A_call_returns_the_same_in_every_release_by_either_ioctl(string calls, string expected)
    {
        string second = string.Join(',', calls.Split(',').Select(c => c + ".2"));
        Assert.Multiple(() =>
        {
            Assert.That(Cases, Does.Contain(new SlotCallsCase(calls)).And.Contain(new SlotCallsCase(second)));
            foreach (var policy in Generations)
                Assert.That(Returned(policy, calls), Is.EqualTo(expected), policy.Name);
            foreach (var policy in Generations.Skip(1))
                Assert.That(Returned(policy, second), Is.EqualTo(expected), policy.Name);
            Assert.That(Returned(Mainline.V6_1, second).Split(' ').Distinct(), Is.EqualTo(new[] { Inval }));
        });
    }

    [TestCase("bind.2,bind.2,bind-move.2,bind-not.2,unbind.2,bind.2", "0 EINVAL EINVAL EINVAL 0 0")]
    [TestCase("bind-end.2,bind-past-end.2,bind.2", "0 EINVAL 0")]
    [TestCase(
        "bind-unaligned.2,bind-wraps.2,bind-past-end.2,bind-log.2,bind-read-only.2,bind,bind.2",
        "EINVAL EINVAL EINVAL EINVAL EINVAL EINVAL 0"
    )]
    public void A_slot_of_a_guest_memfd_is_checked_from_6_18_on(string calls, string expected)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Cases, Does.Contain(new SlotCallsCase(calls)));
            Assert.That(Returned(Mainline.V6_18, calls), Is.EqualTo(expected));
            Assert.That(Returned(Mainline.V7_3, calls), Is.EqualTo(expected));
        });
    }

    [Test]
    public void Without_guest_memfd_nothing_is_bound() =>
        Assert.That(
            Mainline.V6_17.Predict(Host, new SlotCallsCase("bind.2")).ToString(),
            Is.EqualTo("registration refused with EINVAL")
        );

    [TestCase("EINVAL", "mainline-6.18")]
    [TestCase("EEXIST", "mainline-7.2")]
    [TestCase("EEXIST", "mainline-7.3")]
    public void A_range_that_is_bound_is_refused_with_another_errno_from_7_2_on(string errno, string policy) =>
        Assert.That(
            Returned(PolicyCatalog.Find(policy)!, "bind.2,bind-over.2,bind-rest.2,unbind.2,bind.2"),
            Is.EqualTo($"0 {errno} 0 0 0")
        );

    [Test]
    public void Every_flag_but_the_two_is_refused_by_the_first_ioctl_and_by_the_second_unless_it_binds()
    {
        string[] flags = [.. Enumerable.Range(2, 30).Select(bit => $"flag-{bit}")];
        foreach (var policy in Generations)
        {
            Assert.That(Returned(policy, string.Join(',', flags)).Split(' '), Is.All.EqualTo(Inval), policy.Name);
            Assert.That(
                Returned(policy, string.Join(',', flags.Skip(1).Select(f => f + ".2"))).Split(' '),
                Is.All.EqualTo(Inval),
                policy.Name
            );
        }
        Assert.That(Cases.Count(c => c.Names.StartsWith("flag-", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [TestCase("number-beyond", "slot-number")]
    [TestCase("flag-31", "slot-flags-of-second-call")]
    [TestCase("flag-31.2", "slot-flags")]
    [TestCase("memory-tagged", "slot-memory-of-process")]
    [TestCase("size-too-large", "slot-pages")]
    [TestCase("second-space", "slot-address-space")]
    [TestCase("size-unaligned", "slot-unaligned")]
    [TestCase("size-largest", "slot-beyond-ipa")]
    [TestCase("create", "accept")]
    [TestCase("bind-log.2", "gmem-slot-flags")]
    [TestCase("bind-wraps.2", "gmem-offset")]
    public void The_check_that_decides_is_named(string call, string check)
    {
        var prediction = Mainline.V7_2.Predict(Host, new SlotCallsCase(call));
        Assert.That(prediction.Deciding.Name, Is.EqualTo(check));
        Assert.That(Mainline.V7_2.Statement(check), Is.EqualTo(prediction.Deciding));
    }

    /// <summary>A check that is missing is noticed by some listed case, so every one of them is tested.</summary>
    [Test]
    public void Without_a_check_some_case_returns_something_else()
    {
        IEnumerable<string> unnoticed =
            from policy in Generations
            from check in policy.SlotChecks.All.Where(c => c.Name != "accept").DistinctBy(c => c.Name)
            let without = policy.WithSlotChecks(policy.SlotChecks.Replace(check.Name))
            where Cases.All(c => without.Predict(Host, c).Outcome == policy.Predict(Host, c).Outcome)
            select $"{policy.Name} without {check.Name}";

        // Until a flag is only for the second ioctl, the check of all flags refuses the same.
        Assert.That(unnoticed, Is.EqualTo(new[] { "mainline-6.8 without slot-flags-of-second-call" }));
    }
}
