using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Reports.Html;
using Harness.Reports.Outcomes;
using Harness.Store;
using OutcomeKind = Harness.Reports.Html.OutcomeKind;

namespace Harness.Reports.Tests.Html;

public sealed class HtmlPartsTests
{
    private static readonly RegistrationPart Registered = new(Errno.None);

    private static AccessPart Mapped(Access access, MemoryType type, string rights = "rw-", bool block = false) =>
        new(access, Outcome.Mapped(new Leaf(type, rights[1] == 'w', rights[2] == 'x', block)));

    private static AccessPart Ends(Access access, Outcome outcome) => new(access, outcome);

    private static OperationPart Op(Operation operation, OperationOutcome? outcome = null) =>
        new(operation, outcome ?? OperationOutcome.Done);

    [Test]
    public void Parts_are_compared_by_what_they_are_of_and_a_part_missing_on_one_side_differs()
    {
        var parts = OutcomeDifference.Of(
            [Registered, Mapped(Access.Read, MemoryType.DeviceNGnRE), Ends(Access.Write, Outcome.MmioExit)],
            [Registered, Ends(Access.Read, Outcome.RunFails(Errno.EFAULT))]
        );
        Assert.That(
            parts.Select(p => (p.Of, p.Agrees)),
            Is.EqualTo(new[] { ("registration", true), ("read", false), ("write", false) })
        );
    }

    [Test]
    public void Changed_words_are_those_between_the_first_and_the_last_that_differ() =>
        Assert.That(
            ChangedWords
                .Of("mapped Normal-WB rwx block", "mapped Device-nGnRE rwx block")
                .Where(w => w.Differs)
                .Select(w => w.Word),
            Is.EqualTo(new[] { "Normal-WB" })
        );

    [Test]
    public void The_bits_of_a_descriptor_are_named()
    {
        var descriptor = new StageTwoDescriptor(0x00400000a00004c7, 3);
        string Means(string name, bool? fwb = true) =>
            DescriptorField.Of(descriptor, fwb, lpa2: false).Single(f => f.Name == name).Means;
        Assert.Multiple(() =>
        {
            Assert.That(Means("MemAttr"), Is.EqualTo("Device-nGnRE"));
            Assert.That(Means("S2AP"), Is.EqualTo("read and write"));
            Assert.That(Means("XN"), Is.EqualTo("EL1 may not execute"));
            Assert.That(Means("AF"), Is.EqualTo("accessed"));
            Assert.That(Means("type"), Is.EqualTo("page"));
            Assert.That(
                DescriptorField.Of(descriptor, true, false).Single(f => f.Name == "address").Value,
                Is.EqualTo("0xa0000000")
            );
            Assert.That(
                DescriptorField
                    .Of(new StageTwoDescriptor(0b0110 << 2, 3), false, false)
                    .Single(f => f.Name == "MemAttr")
                    .Means,
                Does.StartWith("no encoding")
            );
            Assert.That(
                DescriptorField
                    .Of(new StageTwoDescriptor(0b1111 << 2, 3), false, false)
                    .Single(f => f.Name == "MemAttr")
                    .Means,
                Is.EqualTo("Normal write-back")
            );
        });
    }

    [Test]
    public void A_cell_of_the_matrix_counts_each_access_and_is_marked_where_something_is_wrong()
    {
        var c = new ReportedCase("id", "pfnmap", "title", new Dictionary<string, string> { ["access"] = "read,write" });
        var outcomes = new List<StoredOutcome> { default };
        CodedResult Result(string verdict, params OutcomePart[] parts)
        {
            if (parts.Length > 0)
                outcomes.Add(StoredOutcome.Of(new PartsOutcome(parts)));
            return new CodedResult(
                0,
                (byte)Verdicts.All.ToList().IndexOf(verdict),
                parts.Length > 0 ? outcomes.Count - 1 : 0,
                0,
                0,
                0
            );
        }
        var results = new[]
        {
            Result(
                Verdicts.Match,
                Registered,
                Mapped(Access.Read, MemoryType.NormalWriteBack, "r--"),
                Ends(Access.Write, Outcome.MmioExit)
            ),
            Result(
                Verdicts.Mismatch,
                Registered,
                Mapped(Access.Read, MemoryType.DeviceNGnRE, "r--"),
                Ends(Access.Write, Outcome.RunFails(Errno.EFAULT))
            ),
            Result(Verdicts.Match, new RegistrationPart(Errno.EINVAL)),
            Result(Verdicts.Skip),
            Result(Verdicts.Crash),
            Result(Verdicts.Match, Registered, new AccessPart(Access.Read, Outcome.Mapped(default), LeafKnown: false)),
        };
        var host = new HostResults(null!, results);
        var rows = DecisionMatrix.Of([c], [host], outcomes).Rows;
        Assert.Multiple(() =>
        {
            Assert.That(
                rows.Select(r => (r.Class, r.Access)),
                Is.EqualTo(new[] { ("pfnmap", "read"), ("pfnmap", "write") })
            );
            Assert.That(
                rows[0].Cells[0].Outcomes.Select(o => (o.Kind.Key, o.Count)),
                Is.EqualTo(new[] { ("wb", 1), ("dev", 1), ("map", 1), ("refused", 1), ("none", 1) })
            );
            Assert.That(
                rows[1].Cells[0].Outcomes.Select(o => o.Kind.Key),
                Is.EqualTo(new[] { "refused", "fail", "mmio", "none" })
            );
            Assert.That(rows[0].Cells[0].Mark, Is.EqualTo(MatrixMark.Wrong));
            Assert.That(
                rows[0].Cells[0].Others,
                Is.EqualTo(new Dictionary<string, int> { ["crash"] = 1, ["mismatch"] = 1 })
            );
        });
    }

    private static IEnumerable<TestCaseData> Operations() =>
        [
            new(OperationOutcome.Done, "done"),
            new(OperationOutcome.Sees(Contents.Host), "done"),
            new(OperationOutcome.Pinned, "done"),
            new(OperationOutcome.Refused(Errno.EEXIST), "deny"),
            new(OperationOutcome.HypercallFails(-3), "deny"),
            new(OperationOutcome.Signalled(Signal.BusAddress), "sig"),
            new(OperationOutcome.MemoryFault(Errno.EFAULT), "fail"),
            new(OperationOutcome.MmioExit, "mmio"),
            new(OperationOutcome.Loops, "stall"),
            new(OperationOutcome.GuestAborts, "abort"),
            new(OperationOutcome.Unforeseen("sees 0xdead, which was never stored"), "other"),
        ];

    [TestCaseSource(nameof(Operations))]
    public void Operation_has_the_colour_of_its_outcome(OperationOutcome outcome, string key) =>
        Assert.That(OutcomeKind.Of(new OperationPart(Operation.Load, outcome)).Key, Is.EqualTo(key));

    [Test]
    public void Operations_are_compared_by_position_and_nothing_after_the_first_difference_is_judged()
    {
        var parts = OutcomeDifference.Of(
            [
                Op(Operation.Create),
                Op(Operation.Load, OperationOutcome.Sees(Contents.Zero)),
                Op(Operation.Load),
                Op(Operation.Peek, OperationOutcome.Refused(Errno.EIO)),
            ],
            [
                Op(Operation.Create),
                Op(Operation.Load, OperationOutcome.Signalled(Signal.BusAddress)),
                Op(Operation.Load),
            ]
        );

        Assert.That(
            parts.Select(p => (p.Of, p.Agrees, p.IsAfter)),
            Is.EqualTo(
                new[]
                {
                    ("1 create", true, false),
                    ("2 load", false, false),
                    ("3 load", true, true),
                    ("4 peek", false, true),
                }
            )
        );
        Assert.That(
            OutcomeDifference
                .Of(
                    [Op(Operation.Create), Op(Operation.Destroy)],
                    [Op(Operation.Create), new OperationPart(Operation.Destroy, null)]
                )
                .Select(p => p.Agrees),
            Has.All.True
        );
    }

    [Test]
    public void A_lifecycle_has_a_line_in_the_matrix_for_who_does_something_and_one_verdict_in_it()
    {
        var c = Lifecycle("create,bind,load,load,guest-load");
        var seen = new PartsOutcome([
            Op(Operation.Create),
            Op(Operation.Bind),
            Op(Operation.Load, OperationOutcome.Signalled(Signal.BusAddress)),
            Op(Operation.Load, OperationOutcome.Refused(Errno.EFAULT)),
            Op(Operation.GuestLoad, OperationOutcome.Sees(Contents.Zero)),
        ]);

        var rows = DecisionMatrix
            .Of(
                [c],
                [
                    new HostResults(
                        null!,
                        [new CodedResult(0, (byte)Verdicts.All.ToList().IndexOf(Verdicts.Mismatch), 1, 0, 0, 0)]
                    ),
                ],
                [default, StoredOutcome.Of(seen)]
            )
            .Rows;

        Assert.That(rows.Select(r => r.Access), Is.EqualTo(new[] { "VM", "slots", "host", "guest" }));
        Assert.That(rows[2].Cells[0].Outcomes.Select(o => o.Kind.Key), Is.EqualTo(new[] { "deny", "sig" }));
        Assert.That(rows[2].Cells[0].Others, Is.EqualTo(new Dictionary<string, int> { ["mismatch"] = 1 }));
    }

    [Test]
    public void A_lifecycle_is_described_in_a_sentence()
    {
        Assert.That(
            CaseWords.Sentence(Lifecycle("create,bind,destroy")),
            Is.EqualTo(
                "Private anonymous memory, in the lifecycle of a protected VM: 3 operations about one page of it, from create to destroy."
            )
        );
        Assert.That(
            CaseWords.Distinctive(Lifecycle("create,bind,destroy")),
            Does.Contain(("do", "create, bind, destroy"))
        );
    }

    [Test]
    public void A_signal_is_reported_by_its_name_and_with_its_address()
    {
        var story = AttemptStory.Of(
            """
            { "end": "completed", "kernelLog": [], "steps": [
              { "index": 4, "op": "touch", "errno": 0, "values": { "signal": 7, "code": 2, "address": 281473902968832 } } ] }
            """
        );

        Assert.That(story!.Steps.Single().Values, Is.EqualTo("SIGBUS, BUS_ADRERR, at 0xffffc0000000"));
    }

    [Test]
    public void Step_results_of_this_and_older_protocols_are_shown_alike()
    {
        var story = AttemptStory.Of(
            """
            { "end": "completed", "kernelLog": [], "steps": [
              { "op": "run", "errno": 4, "exit": 6, "address": 4096, "timeout": true },
              { "op": "get-registers", "errno": 0, "registers": { "x10": 255, "x11": 0 } },
              { "index": 2, "op": "stage2", "errno": 0, "values": { "valid": true, "level": 3 } } ] }
            """
        )!;

        Assert.That(
            story.Steps,
            Is.EqualTo(
                new[]
                {
                    (0, "run", 4, "exit=6 address=0x1000 timeout=true"),
                    (1, "get-registers", 0, "x10=0xff x11=0"),
                    (2, "stage2", 0, "valid=true level=3"),
                }
            )
        );
    }

    private static ReportedCase Lifecycle(string operations) =>
        new(
            "id",
            "life:protected:anonymous:private",
            "title",
            new Dictionary<string, string>
            {
                ["backing"] = "anonymous",
                ["sharing"] = "private",
                ["vma"] = "rw",
                ["access"] = "",
                ["life"] = "protected",
                ["do"] = operations,
            }
        );

    private static IEnumerable<TestCaseData> Accesses() =>
        [
            new(Mapped(Access.Read, MemoryType.NormalWriteBack, block: true), "wb"),
            new(Mapped(Access.LoadPair, MemoryType.NormalNonCacheable), "nc"),
            new(Mapped(Access.Read, MemoryType.DeviceNGnRE), "dev"),
            new(new AccessPart(Access.Read, Outcome.Mapped(default), LeafKnown: false), "map"),
            new(Ends(Access.Read, Outcome.RunFails((Errno)11)), "fail"),
            new(Ends(Access.Execute, Outcome.GuestInstructionAbort), "abort"),
            new(Ends(Access.Read, Outcome.GuestDataAbort), "abort"),
            new(Ends(Access.Read, Outcome.Stalls), "stall"),
            new(Ends(Access.Read, Outcome.MmioExit), "mmio"),
            new(Ends(Access.Read, Outcome.Unforeseen("mapped with MemAttr 0b0011, which is no KVM encoding")), "other"),
        ];

    [TestCaseSource(nameof(Accesses))]
    public void Access_has_the_colour_of_its_outcome(OutcomePart access, string key) =>
        Assert.That(OutcomeKind.Of((AccessPart)access).Key, Is.EqualTo(key));

    [Test]
    public void Matrix_shows_every_kind_of_access()
    {
        foreach (var access in Enum.GetValues<Access>())
        {
            string word = CaseText.Word(access);
            var c = new ReportedCase("id", "pfnmap", "title", new Dictionary<string, string> { ["access"] = word });
            var rows = DecisionMatrix
                .Of(
                    [c],
                    [new HostResults(null!, [new CodedResult(0, 1, 1, 0, 0, 0)])],
                    [
                        default,
                        StoredOutcome.Of(new PartsOutcome([Registered, Mapped(access, MemoryType.NormalWriteBack)])),
                    ]
                )
                .Rows;
            Assert.That(rows.Single().Cells[0].Outcomes.Select(o => o.Kind.Key), Is.EqualTo(new[] { "wb" }), word);
        }
    }

    [Test]
    public void Outcome_stored_as_a_sentence_alone_is_shown_as_text()
    {
        var c = new ReportedCase("id", "pfnmap", "title", new Dictionary<string, string> { ["access"] = "read" });
        var rows = DecisionMatrix
            .Of(
                [c],
                [new HostResults(null!, [new CodedResult(0, 1, 1, 0, 0, 0)])],
                [default, new StoredOutcome("registered; read: KVM_EXIT_MMIO", null)]
            )
            .Rows;
        Assert.That(rows.Single().Cells[0].Outcomes.Select(o => o.Kind.Key), Is.EqualTo(new[] { "older" }));
    }

    [Test]
    public void A_case_is_reported_in_sentences()
    {
        var c = new ReportedCase(
            "id",
            "class",
            "title",
            new Dictionary<string, string>
            {
                ["backing"] = "pfnmap",
                ["memory"] = "unknown",
                ["type"] = "wb",
                ["sharing"] = "shared",
                ["any-uncached"] = "yes",
                ["vma"] = "rw",
                ["slot"] = "ro",
                ["access"] = "read,write",
                ["then"] = "munmap",
                ["size"] = "block",
                ["provider"] = "usual",
            }
        );
        Assert.That(
            CaseWords.Sentence(c),
            Is.EqualTo(
                "A shared VM_PFNMAP mapping with VM_ALLOW_ANY_UNCACHED, write-back, of memory outside the kernel's memory map, mapped read-write by "
                    + "userspace, behind a read-only memslot, a block (2, 32 or 512 MiB with pages of 4, 16 or 64 KiB) and aligned to it. "
                    + "The guest reads; userspace does munmap, then writes."
            )
        );
        Assert.That(
            CaseWords.Distinctive(c).Select(t => t.Name),
            Is.EqualTo(
                new[]
                {
                    "backing",
                    "memory",
                    "type",
                    "sharing",
                    "any-uncached",
                    "vma",
                    "slot",
                    "access",
                    "then",
                    "size",
                }
            )
        );
    }

    [Test]
    public void A_change_while_the_guest_runs_is_not_reported_as_one_between_two_accesses()
    {
        var c = new ReportedCase(
            "id",
            "class",
            "title",
            new Dictionary<string, string>
            {
                ["backing"] = "anonymous",
                ["sharing"] = "private",
                ["access"] = "write,read",
                ["then"] = "delete-slot",
                ["running"] = "yes",
            }
        );
        Assert.That(
            CaseWords.Sentence(c),
            Does.EndWith("The guest writes, then reads in a loop; meanwhile userspace does delete-slot.")
        );
    }

    [TestCase("""{ "settled": { "FWB": "there" } }""", "FWB there")]
    [TestCase(
        """{ "settled": { "FWB": { "value": "there", "unknown": null, "by": { "a": "there" } } } }""",
        "FWB there"
    )]
    [TestCase("""{ "settled": { "MTE": { "value": null, "unknown": "why", "by": { } } } }""", "MTE  why")]
    [TestCase(
        """{ "settled": { "MTE": { "value": null, "unknown": "why", "by": { "a": "there", "b": "not there" } } } }""",
        "MTE  why contradicted"
    )]
    [TestCase("""{ "settled": [] }""", "")]
    [TestCase("[]", "")]
    [TestCase(null, "")]
    public void Facts_of_any_version_are_read(string? facts, string read) =>
        Assert.That(
            string.Join(
                "; ",
                HostFact
                    .Of(facts)
                    .Select(f => $"{f.Name} {f.Value} {f.Unknown}{(f.Contradicted ? " contradicted" : "")}".TrimEnd())
            ),
            Is.EqualTo(read)
        );

    [Test]
    public void An_attempt_of_another_version_is_no_story() =>
        Assert.Multiple(() =>
        {
            Assert.That(AttemptStory.Of("{}"), Is.Null);
            Assert.That(AttemptStory.Of("[]"), Is.Null);
            Assert.That(AttemptStory.Of("no json"), Is.Null);
            Assert.That(AttemptStory.Of("\"text\""), Is.Null);
        });
}
