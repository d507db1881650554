using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Dimensions;
using Harness.Model.Migrations;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Tags;

namespace Harness.Model.Outcomes;

/// <summary>
/// The JSON form of outcomes. A case is an array, one object for each part:
/// <c>[{"step":"registration","type":"accepted"},
/// {"step":"access","of":"read","type":"mapped","memory":"Normal-WB","write":true,"execute":true,"level":3}]</c>. A
/// migration is an object: <c>{"stage":"resumed","before":{...},"after":{...}}</c>. "unspecified" lists what a
/// prediction leaves open. Equal outcomes have equal text.
/// </summary>
public static class OutcomeJson
{
    /// <summary>For a stage-2 leaf: a page is at level 3, a block at level 2, with pages of any size.</summary>
    private const int PageLevel = 3;
    private const int BlockLevel = 2;

    public static string Write(CaseOutcome outcome) =>
        outcome switch
        {
            PartsOutcome parts => JsonSerializer.Serialize(
                [.. parts.Parts.Select(Part)],
                OutcomeJsonContext.Default.PartJsonArray
            ),
            _ => JsonSerializer.Serialize(Whole(outcome), OutcomeJsonContext.Default.WholeJson),
        };

    /// <exception cref="JsonException">It is not an outcome.</exception>
    public static CaseOutcome Read(string json)
    {
        try
        {
            return json.StartsWith('[')
                ? new PartsOutcome([
                    .. JsonSerializer
                        .Deserialize(json, OutcomeJsonContext.Default.PartJsonArray)!
                        .Select(p => Part(p ?? throw new FormatException("a part is null"))),
                ])
                : Whole(
                    JsonSerializer.Deserialize(json, OutcomeJsonContext.Default.WholeJson)
                        ?? throw new JsonException("null is not an outcome")
                );
        }
        catch (FormatException e)
        {
            throw new JsonException($"'{json}' is not an outcome: {e.Message}", e);
        }
    }

    private static WholeJson Whole(CaseOutcome outcome) =>
        outcome switch
        {
            PartsOutcome parts => new WholeJson { Parts = [.. parts.Parts.Select(Part)] },
            OutsideOutcome outside => new WholeJson { OutsideModel = outside.Reason },
            AnyOutcome any => new WholeJson { AnyOf = [.. any.Alternatives.Select(Whole)] },
            MigrationOutcome m => new WholeJson
            {
                Stage = MigrationEnd.Word(m.Ends[0].Stage),
                Errno = Word(m.Ends[0].Errno),
                OrEnds =
                    m.Ends.Count == 1
                        ? null
                        :
                        [
                            .. m
                                .Ends.Skip(1)
                                .Select(e => new EndJson { Stage = MigrationEnd.Word(e.Stage), Errno = Word(e.Errno) }),
                        ],
                Before = m.Before is { } before ? Put(new PartJson(), before) : null,
                After = m.After is { } after ? Put(new PartJson(), after) : null,
                How = m.How,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };

    private static CaseOutcome Whole(WholeJson json) =>
        json switch
        {
            { Parts: { } parts } => new PartsOutcome([.. parts.Select(Part)]),
            { OutsideModel: { } reason } => new OutsideOutcome(reason),
            { AnyOf: { } any } => new AnyOutcome([.. any.Select(Whole)]),
            { Stage: { } stage } => new MigrationOutcome(
                [End(stage, json.Errno), .. json.OrEnds?.Select(e => End(e.Stage, e.Errno)) ?? []],
                json.Before is null ? null : Take(json.Before),
                json.After is null ? null : Take(json.After),
                json.How
            ),
            _ => throw new FormatException("it has neither parts nor a stage"),
        };

    private static MigrationEnd End(string stage, string? errno) =>
        new(
            Enum.GetValues<MigrationStage>().FirstOrNull(s => MigrationEnd.Word(s) == stage)
                ?? throw new FormatException($"'{stage}' is not a stage"),
            Number(errno)
        );

    /// <summary>Every word that "type" may have.</summary>
    internal static IReadOnlyList<string> Types { get; } =
    [
        "accepted",
        "not-seen",
        .. Enum.GetValues<OutcomeKind>()
            .Select(Word)
            .Concat(Enum.GetValues<OperationResult>().Select(e => Hyphenated(e.ToString())))
            .Distinct(),
    ];

    /// <summary>Every word that "memory" may have.</summary>
    internal static IReadOnlyList<string> MemoryTypes { get; } =
    [.. Enum.GetValues<MemoryType>().Select(t => new Leaf(t, false, false).TypeWord)];

    internal static PartJson Part(OutcomePart part) =>
        part switch
        {
            RegistrationPart r => new PartJson
            {
                Step = "registration",
                Type = r.Errno == Errno.None ? "accepted" : "refused",
                Errno = Word(r.Errno),
            },
            AccessPart a => Put(
                new PartJson { Step = "access", Of = a.Of },
                a.LeafKnown ? a.Outcome : a.Outcome with { Leaf = default },
                a.LeafKnown
            ) with
            {
                Guest = a.Guest is { } guest ? Guest(guest) : null,
            },
            ChangePart { Left: { } left } c => Put(new PartJson { Step = "change", Of = c.Change }, left) with
            {
                Errno = Word(c.Errno),
            },
            ChangePart c => new PartJson
            {
                Step = "change",
                Of = c.Change,
                Type = c.Errno == Errno.None ? "done" : "refused",
                Errno = Word(c.Errno),
            },
            OperationPart { Outcome: { } outcome } o => Put(new PartJson { Step = "operation", Of = o.Of }, outcome),
            OperationPart o => new PartJson
            {
                Step = "operation",
                Of = o.Of,
                Type = "not-seen",
            },
            ProgramPart p => Put(p),
            CapabilityPart c => new PartJson
            {
                Step = "capability",
                Of = c.Of,
                Code = c.Value,
            },
            SlotCallPart c => new PartJson
            {
                Step = "slot-call",
                Of = c.Call,
                Type = c.Errno == Errno.None ? "done" : "refused",
                Errno = Word(c.Errno),
            },
            CachePart c => Put(c),
            AbortPart a => Put(a),
            TagPart t => Put(t),
            RingPart r => new PartJson
            {
                Step = "ring",
                Of = r.Act,
                Ring = new RingJson
                {
                    Errno = Word(r.Errno),
                    Next = r.Next,
                    Full = r.Full ? true : null,
                    Read = r.Read,
                    Reset = r.Reset,
                    Odd = r.Odd,
                },
            },
            NestedPart n => Put(n),
            LeftBehindPart left => new PartJson { Step = "left-behind", Text = left.What },
            _ => throw new ArgumentOutOfRangeException(nameof(part)),
        };

    private static OutcomePart Part(PartJson json) =>
        json.Step switch
        {
            "registration" => new RegistrationPart(Number(json.Errno)),
            "access" => new AccessPart(
                CaseValues.Accesses.Find(json.Of ?? "") ?? throw new FormatException($"'{json.Of}' is not an access"),
                Take(json),
                json.Type != Word(OutcomeKind.Mapped) || json.Memory is not null,
                json.Guest is null ? null : Guest(json.Guest)
            ),
            "change" => new ChangePart(
                json.Of ?? throw new FormatException("a change has no name"),
                Number(json.Errno),
                json.Type is "done" or "refused" ? null : Take(json with { Errno = null })
            ),
            "operation" => new OperationPart(
                OperationText.Find(json.Of ?? "") ?? throw new FormatException($"'{json.Of}' is not an operation"),
                json.Type == "not-seen" ? null : TakeOperation(json)
            ),
            "program" => TakeProgram(json),
            "capability" => new CapabilityPart(
                json.Of == CapabilityPart.Vm,
                json.Code ?? throw new FormatException("a capability has no value")
            ),
            "slot-call" => new SlotCallPart(
                json.Of ?? throw new FormatException("a call has no name"),
                Number(json.Errno)
            ),
            "cache" => TakeCache(json),
            "abort" => TakeAbort(json),
            "tags" => TakeTags(json),
            "ring" => TakeRing(json),
            "nested" => TakeNested(json),
            "left-behind" => new LeftBehindPart(json.Text ?? ""),
            _ => throw new FormatException($"'{json.Step}' is not a step"),
        };

    /// <summary>The part's own end is in "abort"; the leaf of its page is beside it, as for an access.</summary>
    private static PartJson Put(AbortPart a) =>
        (a.Left is { } left ? Put(new PartJson(), left) : new PartJson()) with
        {
            Step = "abort",
            Of = a.Act,
            Abort = new AbortJson
            {
                Errno = Word(a.Errno),
                MmioOffset = a.Exit is { } exit ? (long)exit.Address : null,
                Write = a.Exit?.Write,
                Length = a.Exit?.Length,
                Data = a.Exit is { Write: true } store ? Hex(store.Data) : null,
                NisvOffset = a.NoSyndrome,
                Class = a.Fault?.Class,
                Status = a.Fault?.Status,
                FaultOffset = a.Fault?.Offset,
                Value = a.Value is { } value ? Hex(value) : null,
                Odd = a.Odd,
            },
        };

    private static AbortPart TakeAbort(PartJson json)
    {
        var abort = json.Abort ?? throw new FormatException("an act has no end");
        return new AbortPart(
            json.Of ?? throw new FormatException("an act has no name"),
            Number(abort.Errno),
            abort.MmioOffset is { } at
                ? new MmioRequest((ulong)at, abort.Write ?? false, abort.Length ?? 0, Hex(abort.Data))
                : null,
            abort.NisvOffset,
            abort.Class is { } type ? new GuestFault(type, abort.Status ?? 0, abort.FaultOffset ?? 0) : null,
            abort.Value is null ? null : Hex(abort.Value),
            json.Type is null ? null : Take(json),
            abort.Odd
        );
    }

    private static PartJson Put(TagPart t) =>
        new()
        {
            Step = "tags",
            Of = t.Act,
            Tags = new TagsJson
            {
                Errno = Word(t.Errno),
                Pages = t.Pages,
                One = Put(t.One),
                Two = Put(t.Two),
                Tag = t.Tag,
                Dirty = t.Dirty,
                Odd = t.Odd,
            },
        };

    private static TagPart TakeTags(PartJson json)
    {
        var tags = json.Tags ?? throw new FormatException("an act has no end");
        return new TagPart(
            json.Of ?? throw new FormatException("an act has no name"),
            Number(tags.Errno),
            tags.Pages,
            TakePage(tags.One),
            TakePage(tags.Two),
            tags.Tag,
            tags.Dirty,
            tags.Odd
        );
    }

    private static RingPart TakeRing(PartJson json)
    {
        var ring = json.Ring ?? throw new FormatException("an act has no end");
        return new RingPart(
            json.Of ?? throw new FormatException("an act has no name"),
            Number(ring.Errno),
            ring.Next,
            ring.Full ?? false,
            ring.Read,
            ring.Reset,
            ring.Odd
        );
    }

    private static int[]? Put(PageTags? page) => page is { } tags ? [tags.First, tags.Front, tags.Back] : null;

    private static PageTags? TakePage(int[]? tags) =>
        tags switch
        {
            null => null,
            [var first, var front, var back] => new((byte)first, (byte)front, (byte)back),
            _ => throw new FormatException("a page has three tags"),
        };

    private static PartJson Put(NestedPart n) =>
        new()
        {
            Step = "nested",
            Of = n.Act,
            Type = n switch
            {
                { Odd: not null } => Word(OutcomeKind.Unforeseen),
                { Exit: not null } => Word(OutcomeKind.MmioExit),
                { Hypervisor.Class: HypervisorFault.FetchClass } or { Fault.Class: GuestFault.FetchClass } => Word(
                    OutcomeKind.GuestInstructionAbort
                ),
                { Hypervisor: not null } or { Fault: not null } => Word(OutcomeKind.GuestDataAbort),
                { Errno: not Errno.None } => Word(OutcomeKind.RunFails),
                _ => "done",
            },
            Nested = PutNested(n),
        };

    private static NestedJson PutNested(NestedPart n) =>
        new()
        {
            Errno = Word(n.Errno),
            MmioOffset = n.Exit is { } exit ? (long)exit.Address : null,
            Write = n.Exit?.Write,
            Length = n.Exit?.Length,
            Data = n.Exit is { Write: true } store ? Hex(store.Data) : null,
            Class = n.Hypervisor?.Class ?? n.Fault?.Class,
            Status = n.Hypervisor?.Status ?? n.Fault?.Status,
            FaultOffset = n.Hypervisor?.Offset ?? n.Fault?.Offset,
            Value = n.Value is { } value ? Hex(value) : null,
            Shadow = n.Shadow is { } leaf ? Put(leaf) : null,
            Odd = n.Odd,
            Or = n.Or is { } or ? PutNested(or) : null,
        };

    private static ShadowJson Put(ShadowLeaf leaf) =>
        leaf.Mapped
            ? new ShadowJson
            {
                Memory = new Leaf(leaf.Type, false, false).TypeWord,
                Read = leaf.Read,
                Write = leaf.Write,
                Execute = leaf.Execute,
                Level = leaf.Block ? BlockLevel : PageLevel,
            }
            : new ShadowJson();

    private static NestedPart TakeNested(PartJson json) =>
        TakeNested(
            json.Of ?? throw new FormatException("an act has no name"),
            json.Nested ?? throw new FormatException("an act has no end")
        );

    private static NestedPart TakeNested(string act, NestedJson json)
    {
        byte status = json.Status ?? 0;
        long offset = json.FaultOffset ?? 0;
        // ESR_ELx.EC of an abort has from where it was taken: to EL2 from a lower level, or within EL1.
        bool ofHypervisor = json.Class is HypervisorFault.FetchClass or HypervisorFault.DataClass;
        return new NestedPart(
            act,
            Number(json.Errno),
            json.MmioOffset is { } at
                ? new MmioRequest((ulong)at, json.Write ?? false, json.Length ?? 0, Hex(json.Data))
                : null,
            json.Class is { } taken && ofHypervisor ? new HypervisorFault(taken, status, offset) : null,
            json.Class is { } own && !ofHypervisor ? new GuestFault(own, status, offset) : null,
            json.Value is null ? null : Hex(json.Value),
            json.Shadow is { } shadow ? Take(shadow) : null,
            json.Odd
        )
        {
            Or = json.Or is { } or ? TakeNested(act, or) : null,
        };
    }

    private static ShadowLeaf Take(ShadowJson json) =>
        json.Memory is null
            ? ShadowLeaf.Absent
            : new ShadowLeaf(
                true,
                TypeOf(json.Memory),
                json.Read ?? false,
                json.Write ?? false,
                json.Execute ?? false,
                json.Level == BlockLevel
            );

    private static MemoryType TypeOf(string memory) =>
        Enum.GetValues<MemoryType>().FirstOrNull(t => new Leaf(t, false, false).TypeWord == memory)
        ?? throw new FormatException($"'{memory}' is not a memory type");

    private static string Hex(ulong value) => $"0x{value:x}";

    private static ulong Hex(string? text) =>
        text is null ? 0
        : text.StartsWith("0x", StringComparison.Ordinal)
        && ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
        : throw new FormatException($"'{text}' is not a number");

    private static PartJson Put(CachePart c)
    {
        var json = new PartJson
        {
            Step = "cache",
            Of = c.Act,
            Type = c.Errno == Errno.None ? "done" : "refused",
            Errno = Word(c.Errno),
        };
        return (c.Access is { } access ? Put(json, access, c.LeafKnown) : json) with
        {
            Words = c.Words == CacheWords.None ? null : [.. CacheText.Each(c.Words).Select(CacheText.Values.Of)],
        };
    }

    private static CachePart TakeCache(PartJson json)
    {
        bool access = json.Type is not ("done" or "refused");
        return new CachePart(
            json.Of ?? throw new FormatException("an act has no name"),
            access ? Take(json) : null,
            access ? Errno.None : Number(json.Errno),
            (json.Words ?? []).Aggregate(CacheWords.None, (words, word) =>
                words | (CacheText.Values.Find(word) ?? throw new FormatException($"'{word}' is not a word of a cache"))
            )
        )
        {
            LeafKnown = json.Type != Word(OutcomeKind.Mapped) || json.Memory is not null,
        };
    }

    /// <summary>The leaves after a step are by page, and the access itself is without its leaf.</summary>
    private static PartJson Put(ProgramPart p)
    {
        var json = new PartJson
        {
            Step = "program",
            Of = p.Step,
            Type = p.Errno == Errno.None ? "done" : "refused",
        };
        if (p.Access is { } access)
            json = Put(json, access, leaf: false);
        return json with
        {
            Errno = p.Access is null ? Word(p.Errno) : json.Errno,
            Word = p.Word,
            OrWord = p.OrWord,
            Other = p.Other is { } other ? Put(new PartJson(), other, leaf: false) : null,
            OtherWord = p.OtherWord,
            OrOtherWord = p.OrOtherWord,
            Dirty = p.Dirty is null ? null : [.. p.Dirty.Select(ProgramText.Word)],
            Beside = p.Beside ? true : null,
            Pages = p
                .Left.Select((left, page) => (left, page))
                .Where(l => l.left is not null)
                .ToDictionary(l => ProgramText.Word((SlotPage)l.page), l => Put(new PartJson(), l.left!.Value)),
        };
    }

    private static ProgramPart TakeProgram(PartJson json) =>
        new(
            json.Of ?? throw new FormatException("a step has no name"),
            json.Type is "done" or "refused" ? null : Take(json with { Pages = null }),
            json.Type is "done" or "refused" ? Number(json.Errno) : Errno.None,
            json.Word,
            [
                .. (
                    json.Pages?.ContainsKey(ProgramText.Word(SlotPage.AliasFirst)) == true
                        ? SlotPages.Both
                        : SlotPages.All
                ).Select(page =>
                    json.Pages?.GetValueOrDefault(ProgramText.Word(page)) is { } left ? Take(left) : (Outcome?)null
                ),
            ],
            json.Dirty?.Select(word =>
                    ProgramText.Pages.Find(word) ?? throw new FormatException($"'{word}' is not a page of a program")
                )
                .ToArray(),
            json.Beside ?? false
        )
        {
            OrWord = json.OrWord,
            Other = json.Other is { } other ? Take(other) : null,
            OtherWord = json.OtherWord,
            OrOtherWord = json.OrOtherWord,
        };

    private static PartJson Put(PartJson json, Outcome o, bool leaf = true)
    {
        json = json with
        {
            Type = Word(o.Kind),
            Errno = o.Kind == OutcomeKind.RunFails ? Word(o.Errno) : null,
            MemoryFault = o.ReportsFault ? true : null,
            Foreign = o.Foreign ? true : null,
            Text = o.Text,
            Unspecified =
                o.Unspecified == Unspecified.None
                    ? null
                    :
                    [
                        .. Enum.GetValues<Unspecified>()
                            .Where(l => l != Unspecified.None && o.Unspecified.HasFlag(l))
                            .Select(Word),
                    ],
        };
        return o.Kind != OutcomeKind.Mapped || !leaf
            ? json
            : json with
            {
                Memory = o.Leaf.TypeWord,
                Write = o.Leaf.Write,
                Execute = o.Leaf.Execute,
                Level = o.Leaf.Block ? BlockLevel : PageLevel,
            };
    }

    private static Outcome Take(PartJson json) =>
        new(
            Enum.GetValues<OutcomeKind>().FirstOrNull(k => Word(k) == json.Type)
                ?? throw new FormatException($"'{json.Type}' is not an outcome"),
            json.Memory is null
                ? default
                : new Leaf(TypeOf(json.Memory), json.Write ?? false, json.Execute ?? false, json.Level == BlockLevel),
            Number(json.Errno),
            json.Text,
            (json.Unspecified ?? []).Aggregate(Unspecified.None, (all, word) =>
                all
                | (
                    Enum.GetValues<Unspecified>().FirstOrNull(l => Word(l) == word)
                    ?? throw new FormatException($"'{word}' is not what a prediction leaves open")
                )
            ),
            json.MemoryFault ?? false,
            json.Foreign ?? false
        );

    private static PartJson Put(PartJson json, OperationOutcome o) =>
        json with
        {
            Type = Hyphenated(o.End.ToString()),
            Errno = Word(o.Errno),
            Signal = o.Signal == Signal.None ? null : Hyphenated(o.Signal.ToString()),
            Sees = o.Seen is { } seen ? Hyphenated(seen.ToString()) : null,
            Code = o.End == OperationResult.HypercallFails ? o.Code : null,
            Text = o.Text,
            Private = o.Private,
        };

    private static OperationOutcome TakeOperation(PartJson json) =>
        new(
            Parse<OperationResult>(json.Type),
            Number(json.Errno),
            json.Signal is null ? Signal.None : Parse<Signal>(json.Signal),
            json.Sees is null ? null : Parse<Contents>(json.Sees),
            json.Code ?? 0,
            json.Text,
            json.Private
        );

    private static GuestJson Guest(GuestPart guest) =>
        new()
        {
            Operation = guest.Operation is { } operation ? GuestText.Word(operation) : null,
            On = guest.Type is { } type ? TypeText.Word(type) : null,
            Ends =
            [
                .. Enum.GetValues<GuestResult>()
                    .Where(e => e != GuestResult.None && guest.Ends.HasFlag(e))
                    .Select(e => Hyphenated(e.ToString())),
            ],
            Attribute = guest.Attribute,
            Text = guest.Text,
        };

    private static GuestPart Guest(GuestJson json) =>
        new(
            json.Ends.Aggregate(GuestResult.None, (all, word) => all | Parse<GuestResult>(word)),
            json.Operation is null
                ? null
                : CaseValues.Operations.Find(json.Operation)
                    ?? throw new FormatException($"'{json.Operation}' is not an operation of a guest"),
            json.On is null
                ? null
                : Enum.GetValues<EffectiveType>().FirstOrNull(t => TypeText.Word(t) == json.On)
                    ?? throw new FormatException($"'{json.On}' is not a memory type"),
            json.Attribute,
            json.Text
        );

    private static string Word(OutcomeKind kind) =>
        kind switch
        {
            OutcomeKind.GuestInstructionAbort => "instruction-abort",
            OutcomeKind.GuestDataAbort => "data-abort",
            _ => Hyphenated(kind.ToString()),
        };

    private static string Word(Unspecified loose) =>
        loose switch
        {
            Unspecified.Writable => "write",
            Unspecified.Executable => "execute",
            Unspecified.Size => "level",
            _ => Hyphenated(loose.ToString()),
        };

    /// <summary>Null for none. An errno without a name here is written as its number.</summary>
    internal static string? Word(Errno errno) => errno == Errno.None ? null : errno.ToString();

    private static Errno Number(string? errno) =>
        errno is null ? Errno.None
        : Enum.TryParse<Errno>(errno, out var known) ? known
        : throw new FormatException($"'{errno}' is not an errno");

    private static T Parse<T>(string? word)
        where T : struct, Enum =>
        Enum.GetValues<T>().FirstOrNull(v => Hyphenated(v.ToString()) == word)
        ?? throw new FormatException($"'{word}' is not one of {typeof(T).Name}");

    private static string Hyphenated(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static T? FirstOrNull<T>(this IEnumerable<T> values, Func<T, bool> is_)
        where T : struct
    {
        foreach (var value in values)
            if (is_(value))
                return value;
        return null;
    }
}

/// <summary>A part as it is stored. Fields that don't apply are omitted.</summary>
internal sealed record PartJson
{
    /// <summary>
    /// "registration", "access", "change", "operation", "program", "capability", "slot-call", "cache", "abort", "tags",
    /// "ring", "nested", "left-behind"; none for a leaf of a migration.
    /// </summary>
    public string? Step { get; init; }

    /// <summary>Which access, change or operation.</summary>
    public string? Of { get; init; }

    public string? Type { get; init; }

    public string? Errno { get; init; }

    /// <summary>"Normal-WB", "Normal-NC", "Device-nGnRE".</summary>
    public string? Memory { get; init; }

    public bool? Write { get; init; }

    public bool? Execute { get; init; }

    /// <summary>3 for a page, 2 for a block.</summary>
    public int? Level { get; init; }

    /// <summary>KVM_EXIT_MEMORY_FAULT came with the errno.</summary>
    public bool? MemoryFault { get; init; }

    /// <summary>KVM_MEMORY_EXIT_FLAG_PRIVATE.</summary>
    public bool? Private { get; init; }

    /// <summary>The load returned other memory than what is behind the address.</summary>
    public bool? Foreign { get; init; }

    /// <summary>What a load of a lifecycle case returned.</summary>
    public string? Sees { get; init; }

    public string? Signal { get; init; }

    /// <summary>What a hypercall or KVM_CHECK_EXTENSION returned.</summary>
    public int? Code { get; init; }

    public string? Text { get; init; }

    /// <summary>What the prediction leaves open.</summary>
    public string[]? Unspecified { get; init; }

    public GuestJson? Guest { get; init; }

    /// <summary>The word that a load of a program returned.</summary>
    public ushort? Word { get; init; }

    /// <summary>In a prediction: the other word that it may return.</summary>
    public ushort? OrWord { get; init; }

    /// <summary>Of a program: how the second vCPU's access ended, of two steps at the same time.</summary>
    public PartJson? Other { get; init; }

    public ushort? OtherWord { get; init; }

    public ushort? OrOtherWord { get; init; }

    /// <summary>About caches: the words that a load returned, or may return.</summary>
    public string[]? Words { get; init; }

    /// <summary>About aborts: what exited, and how the act ended.</summary>
    public AbortJson? Abort { get; init; }

    /// <summary>About memory tags: how the act ended.</summary>
    public TagsJson? Tags { get; init; }

    /// <summary>About a full ring: how the act ended.</summary>
    public RingJson? Ring { get; init; }

    /// <summary>About nested guests: what exited, how the act ended, and what the shadow has then.</summary>
    public NestedJson? Nested { get; init; }

    /// <summary>Of a program: the dirty pages by name.</summary>
    public string[]? Dirty { get; init; }

    /// <summary>Pages that the program doesn't access are dirty, too.</summary>
    public bool? Beside { get; init; }

    /// <summary>Of a program: what maps each page after a step, by the page's name.</summary>
    public Dictionary<string, PartJson>? Pages { get; init; }
}

/// <summary>The end of an act about aborts. Offsets are from the act's address, in bytes.</summary>
internal sealed record AbortJson
{
    public string? Errno { get; init; }

    /// <summary>Of KVM_EXIT_MMIO.</summary>
    public long? MmioOffset { get; init; }

    public bool? Write { get; init; }

    public int? Length { get; init; }

    /// <summary>What a store stores, as a hexadecimal number.</summary>
    public string? Data { get; init; }

    /// <summary>Of KVM_EXIT_ARM_NISV.</summary>
    public long? NisvOffset { get; init; }

    /// <summary>ESR_EL1.EC of the guest's exception.</summary>
    public byte? Class { get; init; }

    /// <summary>ESR_EL1.ISS.xFSC.</summary>
    public byte? Status { get; init; }

    /// <summary>Of FAR_EL1.</summary>
    public long? FaultOffset { get; init; }

    /// <summary>What a load left in its register, as a hexadecimal number.</summary>
    public string? Value { get; init; }

    public string? Odd { get; init; }
}

/// <summary>The end of an act of a nested guest. Offsets are from the page's address, in bytes.</summary>
internal sealed record NestedJson
{
    public string? Errno { get; init; }

    /// <summary>Of KVM_EXIT_MMIO.</summary>
    public long? MmioOffset { get; init; }

    public bool? Write { get; init; }

    public int? Length { get; init; }

    /// <summary>What a store stores, as a hexadecimal number.</summary>
    public string? Data { get; init; }

    /// <summary>ESR_EL2.EC of the guest hypervisor's exception, or ESR_EL1.EC of the nested guest's.</summary>
    public byte? Class { get; init; }

    /// <summary>ISS.xFSC of the same.</summary>
    public byte? Status { get; init; }

    /// <summary>Of HPFAR_EL2, or of FAR_EL1.</summary>
    public long? FaultOffset { get; init; }

    /// <summary>What a load returned, as a hexadecimal number.</summary>
    public string? Value { get; init; }

    /// <summary>Empty if the shadow has no leaf.</summary>
    public ShadowJson? Shadow { get; init; }

    public string? Odd { get; init; }

    /// <summary>In a prediction: what is allowed, too.</summary>
    public NestedJson? Or { get; init; }
}

/// <summary>A leaf of a shadow stage 2.</summary>
internal sealed record ShadowJson
{
    public string? Memory { get; init; }

    public bool? Read { get; init; }

    public bool? Write { get; init; }

    public bool? Execute { get; init; }

    /// <summary>3 for a page, 2 for a block.</summary>
    public int? Level { get; init; }
}

/// <summary>What a guest observed of its operation.</summary>
internal sealed record GuestJson
{
    public string? Operation { get; init; }

    public string? On { get; init; }

    public string[] Ends { get; init; } = [];

    /// <summary>PAR_EL1.ATTR.</summary>
    public byte? Attribute { get; init; }

    public string? Text { get; init; }
}

/// <summary>An outcome that is not a list of parts.</summary>
internal sealed record WholeJson
{
    public string? OutsideModel { get; init; }

    public WholeJson[]? AnyOf { get; init; }

    public PartJson[]? Parts { get; init; }

    public string? Stage { get; init; }

    public string? Errno { get; init; }

    /// <summary>Other ends that are allowed for a predicted migration.</summary>
    public EndJson[]? OrEnds { get; init; }

    public PartJson? Before { get; init; }

    public PartJson? After { get; init; }

    public string? How { get; init; }
}

internal sealed record EndJson
{
    public string Stage { get; init; } = "";

    public string? Errno { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(PartJson[]))]
[JsonSerializable(typeof(WholeJson))]
internal sealed partial class OutcomeJsonContext : JsonSerializerContext;

/// <summary>The end of an act about memory tags.</summary>
internal sealed record TagsJson
{
    public string? Errno { get; init; }

    /// <summary>How many pages KVM_ARM_MTE_COPY_TAGS says it has copied.</summary>
    public int? Pages { get; init; }

    /// <summary>
    /// The tags of the first page that was read: of its first granule, of the rest of its first half, of its second.
    /// </summary>
    public int[]? One { get; init; }

    /// <summary>Of the second page.</summary>
    public int[]? Two { get; init; }

    /// <summary>What the guest loaded.</summary>
    public byte? Tag { get; init; }

    /// <summary>The pages in the log, a bit for each.</summary>
    public int? Dirty { get; init; }

    public string? Odd { get; init; }
}

/// <summary>The end of an act about a full ring.</summary>
internal sealed record RingJson
{
    public string? Errno { get; init; }

    /// <summary>The page that the guest stores to next.</summary>
    public int? Next { get; init; }

    /// <summary>The run ended with KVM_EXIT_DIRTY_RING_FULL.</summary>
    public bool? Full { get; init; }

    /// <summary>The pages of the entries that were read: "0-191".</summary>
    public string? Read { get; init; }

    /// <summary>What KVM_RESET_DIRTY_RINGS returned.</summary>
    public int? Reset { get; init; }

    public string? Odd { get; init; }
}
