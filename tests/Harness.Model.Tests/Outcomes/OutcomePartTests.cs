using Harness.Model.Outcomes;
using Harness.Model.Ownership;

namespace Harness.Model.Tests.Outcomes;

public sealed class OutcomePartTests
{
    private static AccessPart Mapped(
        MemoryType type,
        string rights,
        bool block = false,
        Unspecified loose = Unspecified.None,
        Access access = Access.Read
    ) => new(access, Outcome.Mapped(new Leaf(type, rights[1] == 'w', rights[2] == 'x', block), loose));

    private static IEnumerable<TestCaseData> Pairs()
    {
        var wb = MemoryType.NormalWriteBack;
        yield return Pair(
            Mapped(wb, "rwx", loose: Unspecified.Size),
            Mapped(wb, "rwx", block: true),
            true,
            "size open"
        );
        yield return Pair(Mapped(wb, "rwx"), Mapped(wb, "rwx", block: true), false, "size");
        yield return Pair(Mapped(wb, "r-x", loose: Unspecified.Writable), Mapped(wb, "rwx"), true, "write open");
        yield return Pair(Mapped(wb, "r-x", loose: Unspecified.Writable), Mapped(wb, "rw-"), false, "execute not open");
        yield return Pair(Mapped(MemoryType.DeviceNGnRE, "rw-"), Mapped(wb, "rw-"), false, "type");
        yield return Pair(
            Mapped(wb, "rwx"),
            new AccessPart(Access.Read, Outcome.Mapped(default), LeafKnown: false),
            true,
            "no evidence of the leaf"
        );
        yield return Pair(Mapped(wb, "rwx"), Mapped(wb, "rwx", access: Access.Write), false, "another access");
        yield return Pair(
            new AccessPart(Access.Read, Outcome.RunFails(Errno.EFAULT)),
            new AccessPart(Access.Read, Outcome.Mapped(default), LeafKnown: false),
            false,
            "fails"
        );
        yield return Pair(
            Mapped(MemoryType.DeviceNGnRE, "rw-", loose: Unspecified.ExclusiveFails),
            new AccessPart(Access.Read, Outcome.RunFails(Errno.EFAULT)),
            true,
            "exclusive"
        );
        yield return Pair(
            new OperationPart(Operation.Load, OperationOutcome.Sees(Contents.Zero)),
            new OperationPart(Operation.Load, null),
            true,
            "not seen"
        );
        yield return Pair(
            new OperationPart(Operation.Load, OperationOutcome.Sees(Contents.Zero)),
            new OperationPart(Operation.Load, OperationOutcome.Done),
            false,
            "contents"
        );
        yield return Pair(
            new ChangePart("munmap", Errno.None, Outcome.Unmapped),
            new ChangePart("munmap", Errno.None, null),
            true,
            "not read"
        );
        yield return Pair(
            new ChangePart("munmap", Errno.None, Outcome.Unmapped),
            new ChangePart("munmap", Errno.EINVAL, null),
            false,
            "errno"
        );
        yield return Pair(new RegistrationPart(Errno.None), new RegistrationPart(Errno.EINVAL), false, "refused");
        yield return Pair(
            Mapped(wb, "rwx") with
            {
                Guest = new GuestPart(GuestResult.Works | GuestResult.RunFails),
            },
            Mapped(wb, "rwx") with
            {
                Guest = new GuestPart(GuestResult.RunFails),
            },
            true,
            "guest"
        );
        yield return Pair(
            Mapped(wb, "rwx") with
            {
                Guest = new GuestPart(GuestResult.Works),
            },
            Mapped(wb, "rwx") with
            {
                Guest = new GuestPart(GuestResult.AlignmentFault),
            },
            false,
            "guest ends"
        );
    }

    private static TestCaseData Pair(OutcomePart predicted, OutcomePart observed, bool allows, string name) =>
        new TestCaseData(predicted, observed, allows).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Pairs))]
    public void Prediction_allows_what_it_leaves_open_and_nothing_else(
        OutcomePart predicted,
        OutcomePart observed,
        bool allows
    ) => Assert.That(predicted.Allows(observed), Is.EqualTo(allows));
}
