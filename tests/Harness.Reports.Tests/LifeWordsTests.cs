namespace Harness.Reports.Tests;

public class LifeWordsTests
{
    private const string Predicted = "create: done; bind: done; guest-store: done; load: SIGSEGV, SEGV_ACCERR; destroy: done";

    [Test]
    public void A_title_keeps_the_first_acts_the_last_and_their_number()
    {
        Assert.Multiple(() =>
        {
            Assert.That(LifeWords.Title("anonymous:shared vma=rw life=protected do=create,bind,guest-store,load,copy,peek,destroy by=memfd"),
                Is.EqualTo("anonymous:shared vma=rw life=protected do=create,bind,guest-store,...,destroy by=memfd (7 acts)"));
            Assert.That(LifeWords.Title("gmem:mmap vma=rw life=ordinary do=create,bind,unbind,bind,destroy"),
                Is.EqualTo("gmem:mmap vma=rw life=ordinary do=create,bind,unbind,bind,destroy"), "short enough");
            Assert.That(LifeWords.Title("pfnmap:unknown:wb:shared vma=rw slot=none read"), Is.EqualTo("pfnmap:unknown:wb:shared vma=rw slot=none read"));
        });
    }

    [TestCase("create: done; bind: done; guest-store: done; load: sees the guest's word; destroy: done", "4 load: SIGSEGV, SEGV_ACCERR", "4 load: sees the guest's word")]
    [TestCase("create: done; bind: done; guest-store: the guest faults for ever", "3 guest-store: done", "3 guest-store: the guest faults for ever")]
    [TestCase("create: done; bind: done", "3 guest-store: done", "nothing after 2 acts")]
    [TestCase(Predicted + "; left behind: 1 vms", "nothing after 5 acts", "left behind: 1 vms")]
    [TestCase(Predicted, "5 acts, the last destroy: done", "5 acts, the last destroy: done")]
    public void Two_outcomes_are_told_by_the_first_act_in_which_they_differ(string observed, string one, string other) =>
        Assert.That(LifeWords.Parting(Predicted, observed), Is.EqualTo(((string?)one, (string?)other)));

    [Test]
    public void Outcomes_of_other_cases_stay_as_they_are()
    {
        Assert.That(LifeWords.Parting("registered; read: mapped Normal-WB r--", "registration refused with EINVAL"),
            Is.EqualTo(((string?)"registered; read: mapped Normal-WB r--", (string?)"registration refused with EINVAL")));
        Assert.That(LifeWords.Parting(Predicted, null), Is.EqualTo(((string?)Predicted, (string?)null)), "nothing was seen: nothing parts");
    }

    [TestCase("create", "VM")]
    [TestCase("make-unknown-flag", "file")]
    [TestCase("map-shared", "file")]
    [TestCase("bind-in-other", "slots")]
    [TestCase("bind-window", "slots")]
    [TestCase("punch-beyond", "file")]
    [TestCase("peek", "host")]
    [TestCase("guest-unshare", "guest")]
    [TestCase("other-load", "guest")]
    [TestCase("left behind", null)]
    public void Acts_are_of_few_kinds(string act, string? kind) => Assert.That(LifeWords.KindOf(act), Is.EqualTo(kind));
}
