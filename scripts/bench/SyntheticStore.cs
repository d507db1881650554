using System.Globalization;
using System.Text;
using System.Text.Json;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Store;

namespace Harness.Bench;

/// <summary>The size of a store: Runs x Hosts x Cases verdicts.</summary>
/// <param name="Runs">Nights, one run each, the newest on 2026-11-20.</param>
/// <param name="Hosts">In every run, the same.</param>
/// <param name="Cases">On every host, the same; at most <see cref="SyntheticStore.MostCases"/>.</param>
/// <param name="Steps">Of each observation; one is 50 to 60 bytes. Real observations have 20 to 25.</param>
public sealed record SyntheticShape(int Runs, int Hosts, int Cases, int Steps = 12)
{
    /// <summary>35 nights of 60 hosts with 480 cases, as the suite nightly has them.</summary>
    public static SyntheticShape Million { get; } = new(35, 60, 480);

    /// <summary>For a large report: two nights of 2 hosts with 10,000 cases.</summary>
    public static SyntheticShape LargeRuns { get; } = new(2, 2, 10_000);

    /// <summary>For quick tests: 4 nights of 3 hosts with 200 cases.</summary>
    public static SyntheticShape Small { get; } = new(4, 3, 200);

    public long Verdicts => (long)Runs * Hosts * Cases;
}

/// <summary>
/// A store like one from months of nightly runs, with real cases and predictions and fictional verdicts, written the
/// way a run writes it. The same shape gives the same content: which case differs where and when is computed from their
/// numbers alone. Most match; a few hundredths are skipped, known or errata; a thousandth differs always, another for
/// ten nights at a time; occasionally one is unstable, a host is lost, a run is interrupted. The model changes every
/// twenty nights, kernels every five.
/// </summary>
public static class SyntheticStore
{
    private static readonly DateTimeOffset Newest = new(2026, 11, 20, 22, 0, 0, TimeSpan.Zero);

    private static readonly string[] Skips =
    [
        "needs hardware: an emulator has no caches",
        "the host offers no hugetlb pages of 2 MiB",
        "needs the exporter module",
        "no PCI device to map",
        "the kernel has no guest_memfd",
    ];

    private static readonly (
        string Word,
        Policy Policy,
        HostFacts Facts,
        string Platform,
        string Release,
        string[] Evidence
    )[] Kinds =
    [
        (
            "fwb",
            Mainline.V7_2,
            new HostFacts(true, true),
            "QEMU TCG",
            "7.2",
            ["pte", "trace", "guest", "exit", "errno"]
        ),
        (
            "nofwb",
            Mainline.V7_2,
            new HostFacts(false, false),
            "QEMU TCG",
            "7.2",
            ["pte", "trace", "guest", "exit", "errno"]
        ),
        ("gh200", Mainline.V6_18, new HostFacts(true, true), "a CPU", "6.18", ["trace", "guest", "exit", "errno"]),
        (
            "fwb-6.12",
            Mainline.V6_9,
            new HostFacts(true, true),
            "QEMU TCG",
            "6.12",
            ["pte", "trace", "guest", "exit", "errno"]
        ),
        ("altra", Mainline.V6_1, new HostFacts(false, true), "a CPU", "6.1", ["exit", "errno"]),
        (
            "nofwb-6.1",
            Mainline.V6_1,
            new HostFacts(false, false),
            "QEMU TCG",
            "6.1",
            ["pte", "trace", "guest", "exit", "errno"]
        ),
    ];

    /// <summary>The number of cases.</summary>
    public static int MostCases => AllCases.Cases.Count;

    /// <param name="path">A file that does not exist, or a store to add to.</param>
    /// <param name="shape">The size.</param>
    /// <param name="progress">Called with the number of verdicts written after each host.</param>
    public static async Task WriteAsync(string path, SyntheticShape shape, Action<long>? progress = null)
    {
        if (shape.Cases > MostCases)
            throw new ArgumentException($"there are {MostCases} cases, not {shape.Cases}");
        var store = ResultStore.OpenOrCreate(path);
        // Every nth, so that all families and backings are included.
        Case[] cases =
        [
            .. Enumerable.Range(0, shape.Cases).Select(i => AllCases.Cases[(int)((long)i * MostCases / shape.Cases)]),
        ];
        CaseRecord[] plan =
        [
            .. cases.Select(c => new CaseRecord(
                c.Id,
                CaseText.Word(c.Backing),
                c.Key,
                JsonSerializer.Serialize(AllCases.Attributes(c))
            )),
        ];
        var answers = Kinds
            .Select(k => new Lazy<Answer[]>(() => [.. cases.Select(c => Answer.Of(k.Policy, k.Facts, c))]))
            .ToArray();
        long written = 0;
        for (int run = 0; run < shape.Runs; run++)
        {
            var started = Newest.AddDays(run - shape.Runs + 1);
            string model = $"{run / 20:x2}".PadRight(64, '5');
            await using var writer = await store.BeginRunAsync(
                new RunRecord(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{started.UtcDateTime:yyyy-MM-dd'T'HH-mm-ss'Z'}-{run:x4}"
                    ),
                    started,
                    "harness run --suite nightly",
                    "1.0.0",
                    model,
                    new string('b', 64),
                    null
                )
                {
                    Suite = "nightly",
                }
            );
            bool interrupted = run % 29 == 11,
                anyLost = false;
            var records = new List<HostRecord>();
            for (int host = 0; host < shape.Hosts; host++)
            {
                bool lost = run % 17 == 5 && host == run % shape.Hosts;
                anyLost |= lost;
                records.Add(
                    await WriteHostAsync(
                        writer,
                        run,
                        host,
                        plan,
                        lost ? null : answers[host % Kinds.Length].Value,
                        interrupted,
                        model,
                        shape.Steps
                    )
                );
                progress?.Invoke(written += shape.Cases);
            }
            await WritePairAsync(writer, run, HostRecord.Pair(records[0], records[^1]), plan);
            await writer.FinishAsync(
                interrupted ? States.Interrupted
                    : anyLost ? States.Failed
                    : States.Finished,
                interrupted ? "stopped by the user"
                    : anyLost ? "a host was lost"
                    : null
            );
        }
    }

    /// <param name="answers">The policy's decisions; null: the host was lost before it responded.</param>
    /// <returns>The stored host.</returns>
    private static async Task<HostRecord> WriteHostAsync(
        RunWriter writer,
        int run,
        int host,
        CaseRecord[] plan,
        Answer[]? answers,
        bool interrupted,
        string model,
        int steps
    )
    {
        var kind = Kinds[host % Kinds.Length];
        string target = host < Kinds.Length ? kind.Word : $"{kind.Word}-{host / Kinds.Length + 1}";
        bool hardware = kind.Platform == "a CPU";
        var record = new HostRecord(target, hardware ? "ssh" : "qemu");
        long id = await writer.AddHostAsync(record);
        await writer.PlanAsync(id, plan);
        if (answers is null)
        {
            await Task.WhenAll(
                plan.Select(c =>
                    writer.RecordAsync(
                        new ResultRecord(
                            id,
                            c.Id,
                            Verdicts.Infrastructure,
                            Culprits.Infrastructure,
                            $"{target} does not answer"
                        )
                    )
                )
            );
            await writer.FinishHostAsync(id, States.Failed, $"{target} does not answer");
            return record;
        }
        int build = run / 5;
        string release = $"{kind.Release}.{build}+deb13-arm64";
        record = record with
        {
            KernelRelease = release,
            KernelVersion = $"Linux version {release} #1 SMP PREEMPT",
            BuildId = Hash(build, host % Kinds.Length, 7)
                .ToString("x16", CultureInfo.InvariantCulture)
                .PadRight(40, '0'),
            Cpu = kind.Facts.ToString(),
            QemuVersion = hardware ? null : "10.0.2",
            BootId = $"{Hash(run, host, 1):x16}",
            Capabilities =
                """{"errno":0,"apiVersion":12,"vcpuMapSize":8192,"vmErrno":0,"system":{"10":32767,"81":1,"126":1,"165":52}}""",
            Facts = $$"""{"kernel":{"release":"{{release}}" },"settled":{"platform":"{{kind.Platform}}" } }""",
            Evidence = kind.Evidence,
            Policy = kind.Policy.Name,
            Platform = kind.Platform,
        };
        await writer.DescribeHostAsync(id, record);
        await writer.AddRulesAsync(
            model,
            kind.Policy.Name,
            [
                .. Enum.GetValues<Stage>()
                    .SelectMany(stage =>
                        kind.Policy.Rules(stage)
                            .Select(r => new RuleRecord(
                                r.Name,
                                stage.ToString().ToLowerInvariant(),
                                r.Source.ToString(),
                                r.Says
                            ))
                    ),
            ]
        );
        int judged = interrupted ? plan.Length / 2 : plan.Length;
        int known = 0;
        for (int from = 0; from < judged; from += 4096)
        {
            var results = Enumerable
                .Range(from, Math.Min(4096, judged - from))
                .Select(i => Result(id, run, host, i, plan[i], answers[i], kind.Evidence, kind.Policy.Name, steps))
                .ToList();
            known += results.Count(r => r.Verdict == Verdicts.Known);
            await Task.WhenAll(results.Select(writer.RecordAsync));
        }
        await writer.AddKnownAsync(
            id,
            [
                new KnownDifferenceRecord(
                    "emulated-tags",
                    """{"name":"emulated-tags"}""",
                    Culprits.Platform,
                    "the emulator does not check it",
                    "https://example.org/1",
                    false,
                    known,
                    known
                ),
                new KnownDifferenceRecord(
                    "mended-long-ago",
                    """{"name":"mended-long-ago"}""",
                    Culprits.Kernel,
                    "a fault of 6.1",
                    null,
                    false,
                    10,
                    host % 3 == 0 ? 0 : 10
                ),
            ]
        );
        await writer.FinishHostAsync(
            id,
            interrupted ? States.Interrupted : States.Finished,
            interrupted ? "stopped by the user" : null
        );
        return record;
    }

    /// <summary>A migration for each case in two: most end as predicted, and some violate a property.</summary>
    private static async Task WritePairAsync(RunWriter writer, int run, HostRecord pair, CaseRecord[] plan)
    {
        CaseRecord[] moved =
        [
            .. plan.Where((_, i) => i % 2 == 0)
                .Select(c =>
                    c with
                    {
                        Id = $"{c.Id[..^1]}m",
                        Class = $"migration:{c.Class}",
                        Title = $"{c.Title} moved",
                    }
                ),
        ];
        long id = await writer.AddHostAsync(pair);
        await writer.PlanAsync(id, moved);
        await writer.DescribeHostAsync(id, pair);
        await Task.WhenAll(moved.Select((c, i) => writer.RecordAsync(Moved(id, run, i, c))));
        await writer.FinishHostAsync(id, States.Finished);
    }

    private static ResultRecord Moved(long id, int run, int number, CaseRecord c)
    {
        double always = Chance(number, 0, 3);
        var end = always < 0.2 ? new MigrationEnd(MigrationStage.Registration, Errno.EINVAL) : MigrationEnd.Resumed;
        var predicted = new MigrationOutcome([end], null, null);
        var observed =
            Chance(number, run, 4) < 0.002
                ? new MigrationOutcome([new MigrationEnd(MigrationStage.Data)], null, null)
                : predicted;
        bool broken = always > 0.98;
        return new ResultRecord(
            id,
            c.Id,
            observed == predicted ? Verdicts.Match : Verdicts.Mismatch,
            observed == predicted ? Culprits.None : Culprits.Kernel,
            Predicted: predicted.ToString(),
            Observed: observed.ToString(),
            Evidence: ["guest"],
            DurationMicros: 300_000
        )
        {
            PredictedJson = predicted.ToJson(),
            ObservedJson = observed.ToJson(),
            Migration = new MigrationRecord(
                MigrationEnd.Word(observed.Ends[0].Stage),
                observed.Ends[0].Errno == Errno.None ? null : observed.Ends[0].Errno.ToString(),
                "Normal-WB rwx",
                broken ? "Device-nGnRE rwx" : "Normal-WB rwx",
                broken ? "no-silent-weakening" : null,
                broken ? "device-unless-map-memory" : null,
                Bytes: 4096
            ),
        };
    }

    private static ResultRecord Result(
        long id,
        int run,
        int host,
        int number,
        CaseRecord c,
        Answer answer,
        string[] evidence,
        string policy,
        int steps
    )
    {
        double always = Chance(number, host % Kinds.Length, 2),
            tenNights = Chance(number, host, 100 + run / 10),
            now = Chance(number, host, 1000 + run);
        var (verdict, culprit, reason) =
            answer.Outside is { } outside ? (Verdicts.OutsideModel, Culprits.Model, outside)
            : always < 0.08 ? (Verdicts.Skip, Culprits.Platform, Skips[number % Skips.Length])
            : now < 0.0001
                ? (Verdicts.Crash, Culprits.Kernel, "the worker died; the kernel logged: BUG: Bad page state")
            : now < 0.0004
                ? (
                    Verdicts.Unstable,
                    Culprits.Platform,
                    $"first Mismatch: {answer.Other}, then, alone, Match: {answer.Predicted}"
                )
            : always < 0.082 || tenNights < 0.001
                ? (Verdicts.Mismatch, Culprits.Kernel, $"contradicts {policy}: {answer.Says}")
            : always < 0.085 ? (Verdicts.Known, Culprits.Platform, "the emulator does not check it")
            : always < 0.095 ? (Verdicts.Erratum, Culprits.Platform, "erratum tcg-no-caches: stale data can't be seen")
            : (Verdicts.Match, Culprits.None, (string?)null);
        bool executed = verdict is not (Verdicts.OutsideModel or Verdicts.Skip);
        bool agrees = verdict is Verdicts.Match or Verdicts.Erratum;
        long micros = 20_000 + (long)(now * 100_000);
        string observation = Observation(c.Id, micros, run);
        bool observed = executed && verdict != Verdicts.Crash;
        return new ResultRecord(
            id,
            c.Id,
            verdict,
            culprit,
            reason,
            policy,
            answer.Rule,
            answer.Source,
            answer.Predicted,
            !observed ? null
                : agrees ? answer.Predicted
                : answer.Other,
            observed ? evidence : [],
            executed ? micros : 0,
            !executed ? []
                : agrees ? [new(observation)]
                : [new(observation), new(observation)],
            executed && evidence[0] == "pte"
                ? "read: 0x00000000a00004db level 3: MemAttr=0b0110 S2AP=rw SH=0b00 AF=1 XN=0b00"
                : null,
            verdict == Verdicts.Known ? "emulated-tags" : null,
            answer.Path
        )
        {
            PredictedJson = answer.PredictedJson,
            ObservedJson =
                !observed ? null
                : agrees ? answer.PredictedJson
                : answer.OtherJson,
        };

        string Observation(string caseId, long time, int salt)
        {
            var text = new StringBuilder(1500);
            text.Append(
                CultureInfo.InvariantCulture,
                $$"""{"case":"{{caseId}}","end":"completed","detail":null,"micros":{{time}},"steps":["""
            );
            for (int i = 0; i < steps; i++)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $$"""{{(i > 0 ? "," : "")}}{"index":{{i}},"op":"{{s_ops[i % s_ops.Length]}}","errno":0,"values":{"address":{{68719476736 + salt * 4096}} } }"""
                );
            return text.Append("],\"kernelLog\":[]}").ToString();
        }
    }

    private static readonly string[] s_ops =
    [
        "open",
        "export",
        "map",
        "vm",
        "memslot",
        "map",
        "words",
        "memslot",
        "vcpu",
        "set-registers",
        "run",
        "descriptor",
    ];

    private static double Chance(int a, int b, int c) => (Hash(a, b, c) >> 11) * (1.0 / (1UL << 53));

    /// <summary>SplitMix64 over three numbers.</summary>
    private static ulong Hash(int a, int b, int c)
    {
        ulong x = 0;
        foreach (int part in (ReadOnlySpan<int>)[a, b, c])
        {
            x += (uint)part + 0x9E3779B97F4A7C15;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            x ^= x >> 31;
        }
        return x;
    }

    /// <summary>A policy's decision about a case on a host, as stored text.</summary>
    private sealed record Answer(
        string? Outside,
        string Predicted,
        string PredictedJson,
        string Other,
        string OtherJson,
        string Rule,
        string Source,
        string Says,
        IReadOnlyList<RuleStep> Path
    )
    {
        public static Answer Of(Policy policy, HostFacts facts, Case c)
        {
            var p = policy.Predict(facts, c);
            var path = new List<(string At, Rule Rule)>(p.RegistrationPath.Select(r => ("registration", r)));
            for (int i = 0; i < p.Accesses.Count; i++)
            {
                int number = i + 1;
                path.AddRange(
                    p.Accesses[i].Path.Select(r => ($"{number} {CaseText.Word(p.Accesses[number - 1].Access)}", r))
                );
                if (i == 0 && p.Change is { } change)
                    path.AddRange(change.Path.Select(r => ("change", r)));
            }
            var last = path.Count > 0 ? path[^1].Rule : null;
            string predicted = p.ToString(),
                json = p.Outcome.ToJson();
            bool writeBack = predicted.Contains("Normal-WB", StringComparison.Ordinal);
            var other = predicted.StartsWith("registered", StringComparison.Ordinal)
                ? new RegistrationPart(Errno.EINVAL)
                : new RegistrationPart(Errno.None);
            var otherwise = new PartsOutcome([other]);
            return new Answer(
                p.Outside,
                predicted,
                json,
                writeBack
                    ? predicted.Replace("Normal-WB", "Device-nGnRE", StringComparison.Ordinal)
                    : otherwise.ToString(),
                writeBack ? json.Replace("Normal-WB", "Device-nGnRE", StringComparison.Ordinal) : otherwise.ToJson(),
                last?.Name ?? "none",
                last?.Source.ToString() ?? "none",
                last?.Says ?? "nothing",
                [.. path.Select(s => new RuleStep(s.At, s.Rule.Name))]
            );
        }
    }
}
