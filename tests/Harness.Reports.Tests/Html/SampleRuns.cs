using System.Globalization;
using System.Text.Json;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Store;

namespace Harness.Reports.Tests.Html;

/// <summary>Stores with fictional runs, in the harness's format.</summary>
internal static class SampleRuns
{
    public const string Policy = "mainline-7.2";
    public const string Model = "0123456789abcdef0123456789abcdef";
    public const string Rule = "cacheable-pfnmap-is-device";

    private static readonly DateTimeOffset s_start = new(2026, 11, 21, 4, 12, 33, TimeSpan.Zero);
    private static readonly string[] s_accesses =
    [
        "read",
        "write",
        "exec",
        "ldxr",
        "read,write",
        "write,exec",
        "exec,write",
    ];
    private static readonly string[] s_slots = ["none", "ro", "log", "ro+log"];

    private static readonly string[] s_classes =
    [
        "anonymous:private",
        "anonymous:shared",
        "gmem:mmap",
        "hole",
        "mixedmap:known:wb:shared",
        "mixedmap:unknown:nc:shared:any",
        "pfnmap:known:nc:private",
        "pfnmap:known:nc:shared",
        "pfnmap:known:wb:shared",
        "pfnmap:unheld:ngnrne:shared",
        "pfnmap:unknown:nc:private",
        "pfnmap:unknown:nc:shared:any",
        "pfnmap:unknown:wb:private",
        "pfnmap:unknown:wb:shared",
        "secretmem",
    ];

    /// <summary>
    /// Two nights of two hosts. The second has every kind of verdict, and new results that need attention.
    /// </summary>
    public static async Task<ResultStore> TwoNightsAsync(string directory)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(directory, "results.db"));
        await NightAsync(store, "2026-11-20T04-12-33Z-aa11", s_start.AddDays(-1), later: false);
        await NightAsync(store, "2026-11-21T04-12-33Z-bb22", s_start, later: true);
        return store;
    }

    /// <summary>One night of many hosts with many cases; a few of every ten thousand do not match.</summary>
    public static async Task<ResultStore> LargeAsync(string directory, int hosts, int cases)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(directory, "large.db"));
        await using var writer = await store.BeginRunAsync(Run("2026-11-21T04-12-33Z-cc33", s_start));
        await writer.AddRulesAsync(Model, Policy, Rules);
        var asked = Cases(cases);
        for (int h = 0; h < hosts; h++)
        {
            string target =
                $"{new[] { "6.1", "6.12", "6.18", "7.2", "7.3" }[h % 5]}/{new[] { "max", "a76", "a710", "mte" }[h / 5 % 4]}/{new[] { "vhe", "nvhe", "protected" }[h / 20 % 3]}";
            long host = await writer.AddHostAsync(new HostRecord(target, "qemu"));
            await writer.DescribeHostAsync(host, Host(target, h % 2 == 0));
            await writer.PlanAsync(host, asked);
            var recorded = new List<Task>(cases);
            for (int i = 0; i < cases; i++)
                recorded.Add(
                    writer.RecordAsync(
                        Result(
                            host,
                            asked[i],
                            (i * 7 + h) % 997 == 0 ? Verdicts.Mismatch
                                : (i + h) % 61 == 0 ? Verdicts.Skip
                                : Verdicts.Match
                        )
                    )
                );
            await Task.WhenAll(recorded);
            await writer.FinishHostAsync(host, States.Finished);
        }
        await writer.FinishAsync(States.Finished);
        return store;
    }

    /// <summary>A run in which every external text is this one, as far as the schema allows it.</summary>
    public static async Task<ResultStore> HostileAsync(string directory, string text)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(directory, "hostile.db"));
        await using var writer = await store.BeginRunAsync(
            new RunRecord("2026-11-21T04-12-33Z-dd44", s_start, text, text, Model, text, text) { Suite = text }
        );
        long host = await writer.AddHostAsync(new HostRecord(text, text));
        await writer.DescribeHostAsync(
            host,
            new HostRecord(
                text,
                text,
                text,
                text,
                text,
                text,
                text,
                text,
                text,
                text,
                JsonSerializer.Serialize(new Dictionary<string, string> { [text] = text }),
                JsonSerializer.Serialize(
                    new
                    {
                        settled = new Dictionary<string, object>
                        {
                            [text] = new
                            {
                                value = (string?)null,
                                unknown = text,
                                by = new Dictionary<string, string> { [text] = text },
                            },
                        },
                    }
                ),
                ["pte"],
                text,
                text
            )
        );
        await writer.AddRulesAsync(Model, text, [new RuleRecord(text, text, text, text)]);
        string definition = JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["backing"] = text,
                ["access"] = text,
                [text] = text,
                ["then"] = text,
                ["sharing"] = text,
            }
        );
        string observation = JsonSerializer.Serialize(
            new
            {
                end = text,
                detail = text,
                micros = 5,
                steps = new object[]
                {
                    new
                    {
                        index = 0,
                        op = text,
                        errno = 0,
                        values = new Dictionary<string, object>
                        {
                            [text] = text,
                            ["events"] = new object[] { new { name = text, addr = text } },
                        },
                    },
                },
                kernelLog = new[] { text },
            }
        );
        string[] verdicts = [.. Verdicts.All.Where(v => v != Verdicts.Planned)];
        await writer.PlanAsync(
            host,
            [.. verdicts.Select((v, i) => new CaseRecord($"{text}{i}", text, text, definition))]
        );
        for (int i = 0; i < verdicts.Length; i++)
            await writer.RecordAsync(
                new ResultRecord(
                    host,
                    $"{text}{i}",
                    verdicts[i],
                    Culprits.Kernel,
                    text,
                    text,
                    text,
                    text,
                    text,
                    $"{text}; read: {text}",
                    ["pte"],
                    5,
                    [new AttemptRecord(observation), new AttemptRecord(JsonSerializer.Serialize(text))],
                    text,
                    verdicts[i] == Verdicts.Known ? text : null,
                    [new RuleStep("registration", text), new RuleStep(text, text)]
                )
            );
        await writer.AddKnownAsync(
            host,
            [new KnownDifferenceRecord(text, JsonSerializer.Serialize(text), Culprits.Kernel, text, text, false, 2, 0)]
        );
        await writer.FinishHostAsync(host, States.Failed, text);
        await writer.FinishAsync(States.Interrupted, text);
        return store;
    }

    /// <summary>
    /// A run of three lifecycles of forty operations: one as predicted, one that deviates at its fifth operation, and
    /// one that ends in a loop.
    /// </summary>
    public static async Task<ResultStore> LifecyclesAsync(string directory)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(directory, "lives.db"));
        await using var writer = await store.BeginRunAsync(Run("2026-11-21T04-12-33Z-ee55", s_start));
        await writer.AddRulesAsync(
            Model,
            Policy,
            [
                new("create", "ownership", "kvm_dev_ioctl_create_vm(), virt/kvm/kvm_main.c, 6.1+", "a VM is made"),
                new(
                    "host-lost",
                    "ownership",
                    "host_mem_abort(), arch/arm64/kvm/hyp/nvhe/mem_protect.c, 7.1+: -EPERM",
                    "the process can't access memory that a protected VM owns"
                ),
            ]
        );
        long host = await writer.AddHostAsync(new HostRecord("7.2/max/protected", "qemu"));
        await writer.DescribeHostAsync(host, Host("7.2/max/protected", fwb: true));
        string[] operations =
        [
            .. new[] { "create", "bind", "guest-store", "guest-share" }.Concat(Enumerable.Repeat("load", 36)),
        ];
        OutcomePart[] done =
        [
            .. operations.Select(
                (a, i) =>
                    new OperationPart(
                        OperationText.Find(a)!.Value,
                        i == 4 ? OperationOutcome.Signalled(Signal.SegvAccess)
                            : a == "load" ? OperationOutcome.Sees(Contents.Guest)
                            : OperationOutcome.Done
                    )
            ),
        ];
        OutcomePart[] otherwise =
        [
            .. done.Select(
                (d, i) => i == 4 ? new OperationPart(Operation.Load, OperationOutcome.Sees(Contents.Zero)) : d
            ),
        ];
        OutcomePart[] looped = [.. done.Take(2), new OperationPart(Operation.GuestStore, OperationOutcome.Loops)];
        var cases = new[] { "match", "mismatch", "hang" }
            .Select(
                (v, i) =>
                    new CaseRecord(
                        $"11fec0de000{i}",
                        "life:protected:anonymous:private",
                        $"anonymous:private vma=rw life=protected do={string.Join(',', operations)}",
                        JsonSerializer.Serialize(
                            new Dictionary<string, string>
                            {
                                ["backing"] = "anonymous",
                                ["sharing"] = "private",
                                ["vma"] = "rw",
                                ["access"] = "",
                                ["life"] = "protected",
                                ["do"] = string.Join(',', operations),
                                ["family"] = "lifecycle",
                            }
                        )
                    )
            )
            .ToList();
        await writer.PlanAsync(host, cases);
        var path = operations
            .Select((a, i) => new RuleStep($"{i + 1} {a}", a == "load" ? "host-lost" : "create"))
            .ToList();
        string observation = JsonSerializer.Serialize(
            new
            {
                end = "completed",
                micros = 5,
                steps = new object[]
                {
                    new
                    {
                        index = 0,
                        op = "touch",
                        errno = 0,
                        values = new Dictionary<string, object>
                        {
                            ["signal"] = 11,
                            ["code"] = 2,
                            ["address"] = 0xffff_8000_1000,
                        },
                    },
                },
                kernelLog = Array.Empty<string>(),
            }
        );
        foreach (
            var (c, verdict, seen) in cases.Zip(
                [Verdicts.Match, Verdicts.Mismatch, Verdicts.Hang],
                [done, otherwise, looped]
            )
        )
            await writer.RecordAsync(
                new ResultRecord(
                    host,
                    c.Id,
                    verdict,
                    verdict == Verdicts.Match ? Culprits.None : Culprits.Kernel,
                    verdict == Verdicts.Match ? null : "contradicts mainline-7.2",
                    Policy,
                    "host-lost",
                    "host_mem_abort(), 7.1+",
                    new PartsOutcome(done).ToString(),
                    new PartsOutcome(seen).ToString(),
                    ["guest", "exit", "errno"],
                    5,
                    [new AttemptRecord(observation)],
                    "guest-store: 0x0000000044ccc4db level 3: MemAttr=0b0110 S2AP=rw SH=0b00 AF=1 XN=0b00",
                    null,
                    path
                )
                {
                    PredictedJson = new PartsOutcome(done).ToJson(),
                    ObservedJson = new PartsOutcome(seen).ToJson(),
                }
            );
        await writer.FinishHostAsync(host, States.Finished);
        await writer.FinishAsync(States.Finished);
        return store;
    }

    public static IReadOnlyList<RuleRecord> Rules { get; } =
    [
        new(
            "accept",
            "registration",
            "kvm_arch_prepare_memory_region(), arch/arm64/kvm/mmu.c, 6.1+: return 0",
            "a slot that no other rule refuses is registered"
        ),
        new(
            "writable",
            "map",
            "user_mem_abort(), arch/arm64/kvm/mmu.c, 6.1+: writable: KVM_PGTABLE_PROT_W",
            "a writable page is mapped writable"
        ),
        new(
            Rule,
            "map",
            "user_mem_abort(), arch/arm64/kvm/mmu.c, 6.9+: device: KVM_PGTABLE_PROT_DEVICE",
            "a page outside the kernel's memory map is a device, whatever the VMA's type is"
        ),
    ];

    private static readonly string[] s_verdicts = [.. Verdicts.All.Where(v => v != Verdicts.Unverified)];

    private static async Task NightAsync(ResultStore store, string id, DateTimeOffset started, bool later)
    {
        await using var writer = await store.BeginRunAsync(Run(id, started));
        await writer.AddRulesAsync(Model, Policy, Rules);
        var asked = Cases(120);
        foreach (var (target, fwb) in new[] { ("fwb", true), ("nofwb", false) })
        {
            long host = await writer.AddHostAsync(new HostRecord(target, "qemu"));
            await writer.DescribeHostAsync(host, Host(target, fwb));
            await writer.PlanAsync(host, asked);
            for (int i = 0; i < asked.Count; i++)
            {
                string verdict =
                    !later || i >= 24 ? (i % 19 == 18 ? Verdicts.Skip : Verdicts.Match)
                    : fwb ? s_verdicts[1 + i % (s_verdicts.Length - 2)]
                    : Verdicts.Match;
                await writer.RecordAsync(Result(host, asked[i], verdict));
            }
            await writer.AddKnownAsync(
                host,
                [
                    new KnownDifferenceRecord(
                        "tcg-dc-zva",
                        "{}",
                        Culprits.Platform,
                        "TCG checks no alignment for DC ZVA",
                        "https://example.org/1",
                        false,
                        3,
                        fwb ? 2 : 0
                    ),
                ]
            );
            await writer.FinishHostAsync(host, States.Finished);
        }
        if (later)
        {
            long lost = await writer.AddHostAsync(new HostRecord("lab", "ssh"));
            await writer.FinishHostAsync(lost, States.Failed, "ssh: no route to host");
        }
        await writer.FinishAsync(States.Finished);
    }

    private static RunRecord Run(string id, DateTimeOffset started) =>
        new(id, started, "harness run --suite nightly", "1.0.0", Model, "fedcba9876543210", null) { Suite = "nightly" };

    private static HostRecord Host(string target, bool fwb) =>
        new(
            target,
            "qemu",
            "7.2.12-arm64",
            "Linux version 7.2.12-arm64 #1 SMP PREEMPT",
            "4141fe910affcc56",
            fwb ? "FWB, DIC, VHE" : "no FWB, no DIC, VHE",
            "10.0.2",
            "qemu-system-aarch64 -machine virt",
            "bb0617c7",
            "5c74c877107d8242",
            """{"errno":0,"vm":{"10":32767,"243":1}}""",
            $$"""
            { "settled": {
              "FWB": { "value": "{{(
                fwb ? "there" : "not there"
            )}}", "unknown": null, "by": { "the exporter's id_aa64mmfr2_el1": "there" } },
              "MTE": { "value": null, "unknown": "its sources contradict each other: there by a, not there by b", "by": { "a": "there", "b": "not there" } },
              "hVHE": { "value": null, "unknown": "the kernel's log does not tell", "by": { } } } }
            """,
            ["pte", "trace", "guest", "exit", "errno"],
            Policy,
            "QEMU TCG"
        );

    private static List<CaseRecord> Cases(int count)
    {
        var cases = new List<CaseRecord>(count);
        for (int i = 0; i < count; i++)
        {
            string backing = s_classes[i % s_classes.Length],
                access = s_accesses[i / s_classes.Length % s_accesses.Length];
            string slot = s_slots[i / (s_classes.Length * s_accesses.Length) % s_slots.Length],
                vma = i / (s_classes.Length * s_accesses.Length * s_slots.Length) % 2 == 0 ? "rw" : "r";
            string[] parts = backing.Split(':');
            string key = $"{backing} vma={vma} slot={slot} {access} number={i}";
            bool driver = parts[0] is "pfnmap" or "mixedmap";
            cases.Add(
                new CaseRecord(
                    Convert.ToHexStringLower(
                        System
                            .Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key))
                            .AsSpan(0, 6)
                    ),
                    backing,
                    key,
                    JsonSerializer.Serialize(
                        new Dictionary<string, string>
                        {
                            ["backing"] = parts[0],
                            ["memory"] = driver ? parts[1] : "known",
                            ["type"] = driver ? parts[2] : "wb",
                            ["sharing"] = backing.Contains("private", StringComparison.Ordinal) ? "private" : "shared",
                            ["any-uncached"] = backing.EndsWith(":any", StringComparison.Ordinal) ? "yes" : "no",
                            ["provider"] = "usual",
                            ["vma"] = vma,
                            ["slot"] = slot,
                            ["access"] = access,
                        }
                    )
                )
            );
        }
        return cases;
    }

    private static ResultRecord Result(long host, CaseRecord c, string verdict)
    {
        string[] accesses = c.Title.Split(' ')[3].Split(',');
        bool judged =
            verdict
            is Verdicts.Match
                or Verdicts.Mismatch
                or Verdicts.Known
                or Verdicts.Erratum
                or Verdicts.Disagreement
                or Verdicts.Unstable;
        bool refused = c.Class is "gmem:mmap";
        PartsOutcome Did(MemoryType type, Unspecified open = Unspecified.None) =>
            new(
                refused
                    ? [new RegistrationPart(Errno.EINVAL)]
                    : [new RegistrationPart(Errno.None), .. accesses.Select(a => Part(a, type, open))]
            );
        AccessPart Part(string access, MemoryType type, Unspecified open) =>
            new(
                Enum.GetValues<Access>().Single(a => CaseText.Word(a) == access),
                c.Class == "hole" ? Outcome.RunFails(Errno.EFAULT)
                    : access == "exec" && type == MemoryType.DeviceNGnRE ? Outcome.GuestInstructionAbort
                    : access == "write" && c.Title.Contains("slot=ro", StringComparison.Ordinal) ? Outcome.MmioExit
                    : Outcome.Mapped(new Leaf(type, Write: true, Execute: false), open)
            );
        var right =
            c.Class.Contains(":nc", StringComparison.Ordinal) ? MemoryType.NormalNonCacheable
            : c.Class.Contains(":ngnrne", StringComparison.Ordinal) ? MemoryType.DeviceNGnRE
            : MemoryType.NormalWriteBack;
        bool wrong = verdict is Verdicts.Mismatch or Verdicts.Known;
        var attempt = new AttemptRecord(Observation(c.Id, verdict));
        var predicted = Did(wrong ? MemoryType.DeviceNGnRE : right, Unspecified.Size);
        var observed = judged ? Did(right) : null;
        ReadDescriptor[] descriptors =
            judged && !refused ? [new("read", new StageTwoDescriptor(0x00400000a00004db, 3))] : [];
        return new ResultRecord(
            host,
            c.Id,
            verdict,
            verdict switch
            {
                Verdicts.Match => Culprits.None,
                Verdicts.Skip => Culprits.Platform,
                Verdicts.Infrastructure => Culprits.Infrastructure,
                Verdicts.ProbeError => Culprits.Probe,
                _ => Culprits.Kernel,
            },
            verdict switch
            {
                Verdicts.Match => null,
                Verdicts.Mismatch => $"contradicts {Policy}: {Rules[2].Says}",
                Verdicts.Skip => "needs memfd_secret(2), which the kernel there doesn't offer",
                Verdicts.Crash =>
                    "the worker died by signal 9; the kernel reported: BUG: unable to handle kernel paging request in f",
                _ => $"{verdict}, for a reason made up",
            },
            Policy,
            wrong ? Rule : "writable",
            Rules[2].Source,
            predicted.ToString(),
            observed?.ToString(),
            judged ? ["pte", "exit", "errno"] : [],
            51234,
            verdict == Verdicts.Skip ? []
                : wrong ? [attempt, attempt]
                : [attempt],
            descriptors.Length == 0 ? null : string.Join('\n', descriptors.AsEnumerable()),
            verdict == Verdicts.Known ? "tcg-dc-zva" : null,
            [
                new("registration", "accept"),
                .. accesses.SelectMany(
                    (a, n) => new RuleStep[] { new($"{n + 1} {a}", "writable"), new($"{n + 1} {a}", Rule) }
                ),
            ]
        )
        {
            PredictedJson = predicted.ToJson(),
            ObservedJson = observed?.ToJson(),
            DescriptorsJson = ReadDescriptor.ToJson(descriptors),
            KernelReports =
                verdict == Verdicts.Crash
                    ?
                    [
                        new(
                            "BUG: unable to handle kernel paging request in f",
                            "bad-access",
                            KernelReportCauses.Kernel,
                            2
                        ),
                    ]
                    : [],
        };
    }

    private static string Observation(string id, string verdict) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {"case":"{{{id}}}","end":"{{{(
                verdict == Verdicts.Crash ? "crash" : "completed"
            )}}}","detail":null,"micros":51234,"steps":[
            {"index":0,"op":"open","errno":0,"values":{}},{"index":1,"op":"memslot","errno":{{{(
                verdict == Verdicts.Mismatch ? 0 : 22
            )}}},"values":{}},
            {"index":2,"op":"trace","errno":0,"values":{"available":true,"events":[{"name":"kvm_pgtable_stage2_map","addr":1073741824,"size":4096,"phys":1384120320,"prot":15},{"name":"kvm_handle_guest_abort","ret":1}],"lost":0}},
            {"index":3,"op":"run","errno":0,"values":{"exit":6,"address":150994944,"write":true}}],"kernelLog":["kvm [157]: said of {{{id}}}"]}
            """
        );
}
