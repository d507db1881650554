namespace Harness.Model.Tests.Tables;

/// <summary>
/// The tables of one generation, and how they are evaluated together: nothing here is specific to one kernel version,
/// all of that is in the tables.
/// </summary>
public sealed class GenerationTables
{
    private readonly DecisionTable<Errno> _registration;
    private readonly DecisionTable<bool> _copy;
    private readonly DecisionTable<(FaultEnd End, Errno Errno)> _fault;
    private readonly DecisionTable<Answer> _writable;
    private readonly DecisionTable<bool> _executable;
    private readonly DecisionTable<MemoryType> _type;
    private readonly DecisionTable<Answer> _size;
    private readonly DecisionTable<Relaxation> _relax;
    private readonly DecisionTable<ExclusiveEnd> _exclusive;
    private readonly DecisionTable<int> _capabilities;

    /// <exception cref="TableException">The file lacks a table, or a row is malformed.</exception>
    public GenerationTables(TableFile file)
    {
        Name = file.Generation;
        var c = Inputs.OfCases;
        _registration = file.Table("registration", c, w => w == "ok" ? Errno.None : ErrnoOf(w));
        _copy = file.Table("copy", c, YesNo);
        _fault = file.Table<(FaultEnd, Errno)>("fault", c, w => w switch
            {
                "map" => (FaultEnd.Map, Errno.None),
                "mmio" => (FaultEnd.Mmio, Errno.None),
                "iabt" => (FaultEnd.InstructionAbort, Errno.None),
                _ => ErrnoOf(w) is { } errno ? (FaultEnd.Fails, errno) : null,
            });
        _writable = file.Table<Answer>("writable", c, w => w == "either" ? Answer.Either : AnswerOf(YesNo(w)));
        _executable = file.Table("executable", c, YesNo);
        _type = file.Table<MemoryType>("type", c, w => w switch
            {
                "normal" => MemoryType.NormalWriteBack,
                "nc" => MemoryType.NormalNonCacheable,
                "device" => MemoryType.DeviceNGnRE,
                _ => null,
            });
        _size = file.Table<Answer>("size", c, w => w switch
            {
                "page" => Answer.No,
                "block" => Answer.Yes,
                "either" => Answer.Either,
                _ => null,
            });
        _relax = file.Table<Relaxation>("relax", c, w => w switch
            {
                "add" => Relaxation.Add,
                "add-w-set-x" => Relaxation.AddWriteSetExecute,
                "keep" => Relaxation.Keep,
                _ => null,
            });
        _exclusive = file.Table<ExclusiveEnd>("exclusive", c, w => w switch
            {
                "works" => ExclusiveEnd.Works,
                "fails" => ExclusiveEnd.Fails,
                "aborts" => ExclusiveEnd.Aborts,
                "again" => ExclusiveEnd.Again,
                _ => null,
            });
        _capabilities = file.Table<int>("capabilities", Inputs.OfCapabilities, w =>
            int.TryParse(w, out int v) ? v : null
        );
        file.EndOfTables();
    }

    /// <summary>The policy that these tables are a second opinion on.</summary>
    public string Name { get; }

    /// <summary>The numbers of the capabilities in the tables.</summary>
    public static IEnumerable<int> CapabilityNumbers => Inputs.Capability.Values.Select(int.Parse);

    /// <summary>The rows that have decided about no case since the tables were read.</summary>
    public IEnumerable<string> UnusedRows =>
        [
            .. Unused(_registration),
            .. Unused(_copy),
            .. Unused(_fault),
            .. Unused(_writable),
            .. Unused(_executable),
            .. Unused(_type),
            .. Unused(_size),
            .. Unused(_relax),
            .. Unused(_exclusive),
        ];

    /// <summary>The rows that have decided about no capability since the tables were read.</summary>
    public IEnumerable<string> UnusedCapabilityRows => Unused(_capabilities);

    /// <summary>The value of KVM_CHECK_EXTENSION.</summary>
    /// <exception cref="TableException">No row has it.</exception>
    public int Capability(int number, bool system, HostFacts host)
    {
        int place = Inputs.Capability.Values.ToList().IndexOf($"{number}");
        return _capabilities
            .Decide(Inputs.Of(host) | Inputs.Capability.Bit(place) | Inputs.Descriptor.Bit(system))
            .Result;
    }

    /// <summary>What happens.</summary>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="rows">Collects the rows that decided, in order; or null.</param>
    /// <exception cref="TableException">A table has no row for it.</exception>
    public TableDecision Decide(HostFacts host, AttributeCase @case, List<string>? rows = null) =>
        Decide(Inputs.Of(host) | Inputs.Of(@case), @case, rows);

    /// <summary>As above, with the inputs already combined.</summary>
    public TableDecision Decide(ulong inputs, AttributeCase @case, List<string>? rows = null)
    {
        var errno = Ask(_registration, inputs, rows);
        if (errno != Errno.None)
            return new TableDecision { Registration = errno };
        var page = new Page(@case.Backing.Memory);
        var decision = default(TableDecision);
        foreach (var access in @case.Accesses.Span)
        {
            rows?.Add($"{CaseText.Word(access)}:");
            var outcome = Perform(inputs, ref page, access, rows);
            decision = decision.And(outcome);
            if (outcome.IsLast)
                break;
        }
        return decision;
    }

    private Outcome Perform(ulong inputs, ref Page page, Access access, List<string>? rows)
    {
        var outcome = page.Permits(access) ? page.Leaf!.Value.Outcome : Fault(inputs, ref page, access, rows);
        if (access == Access.Write && page.Leaf is { Write: Answer.Either } loose)
        {
            // Whether this store faults depends on something that is in no column.
            var faulted = page with { Leaf = loose with { Write = Answer.No } };
            bool execute = Fault(inputs, ref faulted, access, rows).Leaf.Execute;
            page.Leaf = loose with { Write = Answer.Yes };
            outcome = page.Leaf!.Value.Outcome;
            if (execute != loose.Execute)
                outcome = outcome with { Unspecified = outcome.Unspecified | Unspecified.Executable };
        }
        return access == Access.Exclusive && outcome.Kind == OutcomeKind.Mapped
            ? outcome with
            {
                Unspecified = outcome.Unspecified | Exclusive(inputs, page, rows),
            }
            : outcome;
    }

    private Outcome Fault(ulong inputs, ref Page page, Access access, List<string>? rows)
    {
        if (Ask(_copy, page.See(inputs, access), rows))
            page = new Page(KernelMap.Known) { Copied = true };
        ulong seen = page.See(inputs, access);
        var (end, errno) = Ask(_fault, seen, rows);
        if (end != FaultEnd.Map)
            return end switch
            {
                FaultEnd.Fails => Outcome.RunFails(errno),
                FaultEnd.Mmio => Outcome.MmioExit,
                _ => Outcome.GuestInstructionAbort,
            };
        var write = Ask(_writable, seen, rows);
        bool execute = Ask(_executable, seen, rows);
        if (page.Leaf is not { } old)
            page.Leaf = new TableLeaf(Ask(_type, seen, rows), write, execute, Ask(_size, seen, rows));
        else
            page.Leaf = Ask(_relax, seen, rows) switch
            {
                Relaxation.Add => old with { Write = More(old.Write, write), Execute = old.Execute || execute },
                Relaxation.AddWriteSetExecute => old with { Write = More(old.Write, write), Execute = execute },
                _ => old,
            };
        return page.Permits(access) ? page.Leaf!.Value.Outcome : Outcome.Stalls;
    }

    private Unspecified Exclusive(ulong inputs, Page page, List<string>? rows)
    {
        ulong seen = page.See(inputs, Access.Exclusive) | Inputs.StageTwo.Bit((int)page.Leaf!.Value.Type);
        var end = Ask(_exclusive, seen, rows);
        return end switch
        {
            ExclusiveEnd.Fails => Unspecified.ExclusiveFails,
            ExclusiveEnd.Aborts => Unspecified.ExclusiveAborts,
            ExclusiveEnd.Again => Unspecified.ExclusiveStalls,
            _ => Unspecified.None,
        };
    }

    private static T Ask<T>(DecisionTable<T> table, ulong inputs, List<string>? rows)
    {
        var row = table.Decide(inputs);
        rows?.Add(row.ToString());
        return row.Result;
    }

    private static Answer More(Answer a, Answer b) =>
        a == Answer.Yes || b == Answer.Yes ? Answer.Yes
        : a == Answer.Either || b == Answer.Either ? Answer.Either
        : Answer.No;

    private static IEnumerable<string> Unused<T>(DecisionTable<T> table) =>
        table.Rows.Where(r => !r.Used).Select(r => r.ToString());

    private static Errno? ErrnoOf(string word) =>
        word.StartsWith('E') && Enum.TryParse(word, out Errno errno) ? errno : null;

    private static bool? YesNo(string word) =>
        word switch
        {
            "yes" => true,
            "no" => false,
            _ => null,
        };

    private static Answer? AnswerOf(bool? yes) =>
        yes is { } known
            ? known
                ? Answer.Yes
                : Answer.No
            : null;

    private readonly record struct TableLeaf(MemoryType Type, Answer Write, bool Execute, Answer Block)
    {
        public Outcome Outcome =>
            Outcome.Mapped(
                new Leaf(Type, Write != Answer.No, Execute, Block == Answer.Yes),
                (Write == Answer.Either ? Unspecified.Writable : Unspecified.None)
                    | (Block == Answer.Either ? Unspecified.Size : Unspecified.None)
            );
    }

    /// <summary>The memory behind the guest's first page, and its stage-2 mapping.</summary>
    private record struct Page(KernelMap Memory)
    {
        public bool Copied { get; init; }

        public TableLeaf? Leaf { get; set; }

        public readonly bool Permits(Access access) =>
            Leaf is { } leaf
            && access switch
            {
                Access.Write => leaf.Write != Answer.No,
                Access.Execute => leaf.Execute,
                _ => true,
            };

        public readonly ulong See(ulong inputs, Access access) =>
            inputs
            | Inputs.Access.Bit((int)access)
            | Inputs.Fault.Bit(Leaf is not null)
            | Inputs.Page.Bit(Copied)
            | Inputs.Pfn.Bit((int)Memory);
    }
}
