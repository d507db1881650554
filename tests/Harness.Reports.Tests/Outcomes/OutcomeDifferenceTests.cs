using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Reports.Outcomes;

namespace Harness.Reports.Tests.Outcomes;

public sealed class OutcomeDifferenceTests
{
    private static readonly OutcomePart[] Predicted =
    [
        Op(Operation.Create),
        Op(Operation.Bind),
        Op(Operation.GuestStore),
        Op(Operation.Load, OperationOutcome.Signalled(Signal.SegvAccess)),
        Op(Operation.Destroy),
    ];

    private static OperationPart Op(Operation operation, OperationOutcome? outcome = null) =>
        new(operation, outcome ?? OperationOutcome.Done);

    private static (string?, string?) First(IReadOnlyList<OutcomePart> observed) =>
        OutcomeDifference.First(
            StoredOutcome.Of(new PartsOutcome(Predicted)),
            StoredOutcome.Of(new PartsOutcome(observed))
        );

    [Test]
    public void First_names_the_first_operation_that_differs_with_its_position()
    {
        Assert.Multiple(() =>
        {
            Assert.That(
                First([
                    .. Predicted[..3],
                    Op(Operation.Load, OperationOutcome.Sees(Contents.Guest)),
                    Op(Operation.Destroy),
                ]),
                Is.EqualTo(("4 load: SIGSEGV, SEGV_ACCERR", "4 load: sees the guest's word"))
            );
            Assert.That(
                First([.. Predicted[..2], Op(Operation.GuestStore, OperationOutcome.Loops)]),
                Is.EqualTo(("3 guest-store: done", "3 guest-store: the guest faults for ever"))
            );
            Assert.That(First(Predicted[..2]), Is.EqualTo(("3 guest-store: done", "nothing after 2 operations")));
            Assert.That(
                First([.. Predicted, new LeftBehindPart("1 vms")]),
                Is.EqualTo(("nothing after 5 operations", "left behind: 1 vms"))
            );
            Assert.That(
                First(Predicted),
                Is.EqualTo(("5 operations, the last destroy: done", "5 operations, the last destroy: done"))
            );
        });
    }

    [Test]
    public void First_leaves_other_outcomes_as_they_are()
    {
        var registered = StoredOutcome.Of(
            new PartsOutcome([new RegistrationPart(Errno.None), new AccessPart(Access.Read, Outcome.MmioExit)])
        );
        var refused = StoredOutcome.Of(new PartsOutcome([new RegistrationPart(Errno.EINVAL)]));
        Assert.That(
            OutcomeDifference.First(registered, refused),
            Is.EqualTo(((string?)"registered; read: KVM_EXIT_MMIO", (string?)"registration refused with EINVAL"))
        );
        var predicted = StoredOutcome.Of(new PartsOutcome(Predicted));
        Assert.That(
            OutcomeDifference.First(predicted, default),
            Is.EqualTo((predicted.Text, (string?)null)),
            "nothing was observed"
        );
    }

    [Test]
    public void Outcomes_are_compared_as_values_and_as_sentences_where_one_has_nothing_else()
    {
        var stored = StoredOutcome.Of(new PartsOutcome([new RegistrationPart(Errno.EINVAL)]));
        Assert.That(stored.SameAs(new StoredOutcome("registration refused with EINVAL", null)), Is.True);
        Assert.That(stored.SameAs(new StoredOutcome("registration refused with EPERM", null)), Is.False);
        Assert.That(stored.SameAs(StoredOutcome.Of(new PartsOutcome([new RegistrationPart(Errno.EPERM)]))), Is.False);
    }

    [TestCase(Operation.Create, "VM")]
    [TestCase(Operation.MakeUnknownFlag, "file")]
    [TestCase(Operation.MapShared, "file")]
    [TestCase(Operation.BindInOther, "slots")]
    [TestCase(Operation.BindWindow, "slots")]
    [TestCase(Operation.PunchBeyond, "file")]
    [TestCase(Operation.Peek, "host")]
    [TestCase(Operation.GuestUnshare, "guest")]
    [TestCase(Operation.OtherLoad, "guest")]
    public void Operation_is_of_one_group(Operation operation, string group) =>
        Assert.That(OperationGroup.Of(operation), Is.EqualTo(group));

    [TestCase(
        "anonymous:shared vma=rw life=protected do=create,bind,guest-store,load,copy,peek,destroy by=memfd",
        "anonymous:shared vma=rw life=protected do=create,bind,guest-store,...,destroy by=memfd (7 operations)"
    )]
    [TestCase(
        "gmem:mmap vma=rw life=ordinary do=create,bind,unbind,bind,destroy",
        "gmem:mmap vma=rw life=ordinary do=create,bind,unbind,bind,destroy"
    )]
    [TestCase("pfnmap:unknown:wb:shared vma=rw slot=none read", "pfnmap:unknown:wb:shared vma=rw slot=none read")]
    public void Short_title_keeps_the_first_operations_the_last_and_their_number(string title, string expected) =>
        Assert.That(CaseTitle.Short(title), Is.EqualTo(expected));
}
