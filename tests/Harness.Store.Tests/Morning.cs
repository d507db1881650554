namespace Harness.Store.Tests;

/// <summary>
/// Two nights of an emulated host and a lab machine, and in between a run of one case and two of a migration, with data
/// for every question in docs/results.md.
/// </summary>
internal static class Morning
{
    private static readonly DateTimeOffset s_first = new(2026, 11, 19, 22, 0, 0, TimeSpan.Zero);

    private static readonly (string Id, string Title)[] s_cases =
    [
        ("f247a6ff73a2", "pfnmap:unknown:wb:shared vma=rw slot=none read"),
        ("b64ffe6e1b30", "pfnmap:unknown:wb:shared vma=rw slot=none write"),
        ("0c0c0c0c0c0c", "anonymous:private vma=rw slot=none read"),
        ("0d0d0d0d0d0d", "anonymous:private vma=rw slot=none write"),
        ("0e0e0e0e0e0e", "anonymous:shared vma=rw slot=none read"),
        ("0f0f0f0f0f0f", "anonymous:shared vma=rw slot=none write"),
    ];

    public static async Task WriteAsync(ResultStore store)
    {
        // fwb: A is unstable, then regresses; B is fixed; D flips; E known; gh200: A, B alone are executed
        await NightAsync(
            store,
            "night-1",
            0,
            "nightly",
            "match mismatch match match known match",
            "match weak skip skip skip skip"
        );
        await NightAsync(store, "one-case", 10, null, "match", null);
        await MovesAsync(store, "moves-1", 11, new("registration", "EINVAL"));
        await MovesAsync(
            store,
            "moves-2",
            12,
            new("resumed", null, "Normal-WB rwx", "Device-nGnRE rw", "no-silent-weakening", "device-unless-map-memory")
        );
        await NightAsync(
            store,
            "night-2",
            24,
            "nightly",
            "mismatch match unstable crash known match",
            "match weak skip skip skip planned"
        );
    }

    private static async Task NightAsync(
        ResultStore store,
        string id,
        int hours,
        string? suite,
        string fwb,
        string? gh200
    )
    {
        await using var writer = await store.BeginRunAsync(
            new RunRecord(id, s_first.AddHours(hours), "harness run", "1.0.0", "model", "probe", null) { Suite = suite }
        );
        await HostAsync(
            writer,
            new HostRecord(
                "fwb",
                "qemu",
                KernelRelease: "7.2.12+deb13-arm64",
                BuildId: "4141",
                Policy: "mainline-7.2",
                Capabilities: "{}",
                Platform: "QEMU TCG"
            ),
            fwb.Split(' '),
            ["pte", "trace", "exit"]
        );
        if (gh200 is not null)
            await HostAsync(
                writer,
                new HostRecord(
                    "gh200",
                    "ssh",
                    KernelRelease: "6.12.1",
                    BuildId: "6161",
                    Policy: "mainline-6.9",
                    Capabilities: "{}",
                    Platform: "a CPU"
                ),
                gh200.Split(' '),
                ["trace", "exit"]
            );
        await writer.FinishAsync(
            gh200?.EndsWith("planned", StringComparison.Ordinal) == true ? States.Interrupted : States.Finished
        );
    }

    /// <summary>
    /// One migration between two hosts that QEMU boots, and within each; the reverse direction was lost.
    /// </summary>
    private static async Task MovesAsync(ResultStore store, string id, int hours, MigrationRecord there)
    {
        HostRecord max = new("7.2/max/vhe", "qemu", "7.2.12", Platform: "QEMU TCG"),
            a76 = new("6.12/a76/vhe", "qemu", "6.12.1", Platform: "QEMU TCG");
        (HostRecord, HostRecord, MigrationRecord?)[] pairs =
        [
            (max, max, new("resumed", null, "Normal-WB rwx", "Normal-WB rwx", Bytes: 4096)),
            (max, a76, there),
            (a76, max, null),
            (a76, a76, new("resumed", null, "Device-nGnRE rw", "Device-nGnRE rw", Bytes: 4096)),
        ];
        await using var writer = await store.BeginRunAsync(
            new RunRecord(id, s_first.AddHours(hours), "harness migrate", "1.0.0", "model", "probe", null)
        );
        foreach (var (from, to, became) in pairs)
        {
            long pair = await writer.AddHostAsync(HostRecord.Pair(from, to));
            await writer.PlanAsync(
                pair,
                [
                    new CaseRecord(
                        "abababababab",
                        "migration:pfnmap:known:wb:shared",
                        "pfnmap:known:wb:shared vma=rw slot=none write moved",
                        "{}"
                    ),
                ]
            );
            await writer.DescribeHostAsync(pair, HostRecord.Pair(from, to));
            await writer.RecordAsync(
                became is null
                    ? new ResultRecord(
                        pair,
                        "abababababab",
                        Verdicts.Infrastructure,
                        Culprits.Infrastructure,
                        "the source was lost"
                    )
                    : new ResultRecord(pair, "abababababab", Verdicts.Match, Attempts: [new("{}")])
                    {
                        Migration = became,
                    }
            );
            await writer.FinishHostAsync(pair, States.Finished);
        }
        await writer.FinishAsync(States.Finished);
    }

    private static async Task HostAsync(RunWriter writer, HostRecord host, string[] verdicts, string[] evidence)
    {
        long id = await writer.AddHostAsync(host);
        await writer.PlanAsync(
            id,
            [.. s_cases.Take(verdicts.Length).Select(c => new CaseRecord(c.Id, c.Title.Split(' ')[0], c.Title, "{}"))]
        );
        await writer.DescribeHostAsync(id, host);
        await writer.AddRulesAsync(
            "model",
            host.Policy!,
            [
                new("slot-is-aligned", "registration", "kvm_main.c", "a slot begins at a page"),
                new(
                    "device-unless-map-memory",
                    "lookup",
                    "mmu.c",
                    "a page outside the kernel's memory map is a device"
                ),
                new("tags-need-mte", "map", "mmu.c", "pages with tags need MTE"),
            ]
        );
        for (int i = 0; i < verdicts.Length; i++)
        {
            if (verdicts[i] == "planned")
                continue;
            bool executed = verdicts[i] != Verdicts.Skip;
            string verdict = verdicts[i] == "weak" ? Verdicts.Match : verdicts[i];
            RuleStep[] path =
                i < 2
                    ?
                    [
                        new("registration", "slot-is-aligned"),
                        new("1 read", "device-unless-map-memory"),
                        new("2 write", "device-unless-map-memory"),
                    ]
                    : [new("registration", "slot-is-aligned")];
            await writer.RecordAsync(
                new ResultRecord(
                    id,
                    s_cases[i].Id,
                    verdict,
                    Culprits.None,
                    executed ? $"{verdict}, for a reason" : "needs hugetlb",
                    host.Policy,
                    path[^1].Rule,
                    "mmu.c",
                    "mapped wb",
                    executed
                        ? verdict == Verdicts.Match
                            ? "mapped wb"
                            : "mapped nc"
                        : null,
                    !executed ? []
                        : verdicts[i] == "weak" ? ["exit"]
                        : evidence,
                    1000,
                    executed ? [new("{}")] : [],
                    Known: verdict == Verdicts.Known ? "emulated" : null,
                    Path: path
                )
            );
        }
        await writer.AddKnownAsync(
            id,
            [
                new(
                    "emulated",
                    "{}",
                    Culprits.Platform,
                    "the emulator does not",
                    null,
                    false,
                    verdicts.Length > 4 ? 1 : 0,
                    verdicts.Length > 4 && host.Kind == "qemu" ? 1 : 0
                ),
                new("mended", "{}", Culprits.Kernel, "a fault of 6.1", "https://example.org", false, 2, 0),
            ]
        );
        await writer.FinishHostAsync(id, verdicts[^1] == "planned" ? States.Interrupted : States.Finished);
    }
}
