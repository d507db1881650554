using Harness.Store;

namespace Harness.Reports.Tests.Migrations;

/// <summary>Fictional runs of pairs, based on what kernels before and after 6.17 do with a cacheable PFNMAP.</summary>
internal static class PairRuns
{
    public const string Model = "0123456789abcdef";

    public static readonly string[] Four = ["6.12/max/vhe", "6.12/a76/vhe", "7.2/max/vhe", "7.2/a76/vhe"];

    public static readonly string[] Twelve =
    [
        .. from track in new[] { "6.12", "6.16", "6.17", "7.2" }
        from cpu in new[] { "max", "a710", "a76" }
        select $"{track}/{cpu}/vhe",
    ];

    private static readonly DateTimeOffset s_start = new(2026, 11, 21, 18, 0, 0, TimeSpan.Zero);

    private static readonly (string Id, string Class, string Title)[] s_migrations =
    [
        ("a1a1a1a1a1a1", "migration:anonymous:private", "anonymous:private vma=rw slot=none write moved pre-copy"),
        ("b2b2b2b2b2b2", "migration:pfnmap:unknown:wb:shared", "pfnmap:unknown:wb:shared vma=rw slot=none write moved"),
        (
            "c3c3c3c3c3c3",
            "migration:pfnmap:unknown:wb:shared",
            "pfnmap:unknown:wb:shared vma=rw slot=none write moved asks"
        ),
        (
            "d4d4d4d4d4d4",
            "migration:pfnmap:unknown:wb:shared",
            "pfnmap:unknown:wb:shared vma=rw slot=none write moved pre-copy"
        ),
    ];

    /// <summary>
    /// Every pair of the targets. From the first to itself all is still planned; the last pair was lost; the second
    /// target's last migration to the first is a mismatch.
    /// </summary>
    public static Task<ResultStore> AllPairsAsync(
        string directory,
        IReadOnlyList<string> targets,
        string id = "2026-11-21T18-00-00Z-aa11",
        int hours = 0,
        bool worse = false,
        bool own = false,
        int release = 1
    ) =>
        WriteAsync(
            directory,
            id,
            hours,
            [.. from source in targets from destination in targets select (source, destination)],
            (from, to, migration) =>
                from == targets[0] && to == targets[0] && migration == 3 ? null
                : from == targets[^1] && to == targets[^1]
                    ? new ResultRecord(0, "", Verdicts.Infrastructure, Culprits.Infrastructure, "QEMU died (signal 9)")
                    {
                        PredictedJson = """{"stage":"resumed"}""",
                        Migration = new(),
                    }
                : worse && from == targets[2] && to == targets[2] && migration == 1 ? Mismatch(from, to, migration)
                : from == targets[^1] && to == targets[1] && migration == 0
                    ? new ResultRecord(0, "", Verdicts.Skip, Culprits.Platform, "needs hardware")
                : from == targets[1] && to == targets[0] && migration == 1 ? Mismatch(from, to, migration)
                : null as ResultRecord ?? Judged(from, to, migration),
            own,
            release
        );

    public static Task<ResultStore> OnePairAsync(string directory, string from, string to) =>
        WriteAsync(
            directory,
            "2026-11-21T18-00-00Z-bb22",
            0,
            [(from, to)],
            (f, t, m) => m == 3 ? Mismatch(f, t, m) : Judged(f, t, m),
            false
        );

    private static async Task<ResultStore> WriteAsync(
        string directory,
        string id,
        int hours,
        IReadOnlyList<(string From, string To)> pairs,
        Func<string, string, int, ResultRecord?> became,
        bool own,
        int release = 1
    )
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(directory, "results.db"));
        await using var writer = await store.BeginRunAsync(
            new RunRecord(
                id,
                s_start.AddHours(hours),
                "harness migrate --suite moves",
                "0.1",
                Model,
                "fedcba9876543210",
                null
            )
            {
                Suite = "moves",
            }
        );
        foreach (string policy in new[] { "mainline-6.9", "mainline-6.17" })
            await writer.AddRulesAsync(
                Model,
                policy,
                [
                    new(
                        "device-unless-map-memory",
                        "lookup",
                        $"kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, {policy["mainline-".Length..]}",
                        "a page outside the kernel's memory map is a device"
                    ),
                    new(
                        "cacheable-pfnmap-needs-fwb-and-dic",
                        "registration",
                        "kvm_arch_prepare_memory_region(), arch/arm64/kvm/mmu.c, 6.17+: -EINVAL",
                        "a cacheable PFNMAP needs FWB and DIC"
                    ),
                ]
            );
        foreach (var (from, to) in pairs)
        {
            var pair = HostRecord.Pair(Side(from, release), Side(to, release));
            long host = await writer.AddHostAsync(pair);
            await writer.PlanAsync(
                host,
                [
                    .. s_migrations.Select(m => new CaseRecord(
                        m.Id,
                        m.Class,
                        m.Title,
                        """{"backing":"pfnmap","memory":"unknown","type":"wb","sharing":"shared","precopy":"no","asks":"no","registers":"some","ipa":"40"}"""
                    )),
                ]
            );
            await writer.DescribeHostAsync(host, pair);
            for (int m = 0; m < s_migrations.Length; m++)
                if (became(from, to, m) is { } record)
                    await writer.RecordAsync(record with { Host = host, CaseId = s_migrations[m].Id });
            await writer.FinishHostAsync(host, States.Finished);
        }
        if (own)
            await writer.FinishHostAsync(await writer.AddHostAsync(new HostRecord("alone", "qemu")), States.Finished);
        await writer.FinishAsync(States.Finished);
        return store;
    }

    private static HostRecord Side(string target, int release)
    {
        bool fwb = !target.Contains("a76", StringComparison.Ordinal),
            dic = target.Contains("max", StringComparison.Ordinal);
        return new HostRecord(
            target,
            "qemu",
            $"{target.Split('/')[0]}.{release}-arm64",
            "#1 SMP",
            target.Split('/')[0].Replace(".", "", StringComparison.Ordinal).PadLeft(8, 'b'),
            $"{(fwb ? "FWB" : "no FWB")}, {(dic ? "DIC" : "no DIC")}",
            "10.0.2",
            "qemu",
            $"boot-{target}",
            Facts: $$$"""{"settled":{"FWB":{"value":"{{{There(fwb)}}}","by":{"dmesg":"x"}},"DIC":{"value":"{{{There(dic)}}}","by":{} } } }""",
            Evidence: ["pte", "errno"],
            Policy: IsOld(target) ? "mainline-6.9" : "mainline-6.17",
            Platform: "QEMU TCG"
        );
    }

    private static string There(bool there) => there ? "there" : "not there";

    private static bool IsOld(string target) =>
        target.StartsWith("6.12", StringComparison.Ordinal) || target.StartsWith("6.16", StringComparison.Ordinal);

    private static bool Cacheable(string target) => !IsOld(target) && target.Contains("max", StringComparison.Ordinal);

    private static ResultRecord Judged(string from, string to, int migration)
    {
        if (migration == 0)
            return Match("resumed", null, "Normal-WB rwx", "Normal-WB rwx");
        string? before =
            IsOld(from) ? "Device-nGnRE rw"
            : Cacheable(from) ? "Normal-WB rwx"
            : null;
        if (before is null)
            return Match("source", "EINVAL");
        if (migration == 3)
            return Match("dirty-log", "EINVAL", before);
        if (migration == 2 && Cacheable(from) && !Cacheable(to))
            return Match("capability", null, before);
        return IsOld(to) ? Match("resumed", null, before, "Device-nGnRE rw", before != "Device-nGnRE rw")
            : Cacheable(to) ? Match("resumed", null, before, "Normal-WB rwx")
            : Match("registration", "EINVAL", before);
    }

    private static ResultRecord Match(
        string stage,
        string? errno,
        string? before = null,
        string? after = null,
        bool weaker = false
    ) =>
        new(
            0,
            "",
            Verdicts.Match,
            Culprits.None,
            weaker
                ? "breaks no-silent-weakening: A VM that resumes has its memory of no weaker type than before."
                : null,
            "mainline-6.9",
            "resumes",
            "KVM_RUN, Documentation/virt/kvm/api.rst",
            $"{stage} {errno}".Trim(),
            $"{stage} {errno}".Trim(),
            ["pte"],
            4321,
            [new("{}")]
        )
        {
            PredictedJson = errno is null
                ? $$"""{"stage":"{{stage}}"}"""
                : $$"""{"stage":"{{stage}}","errno":"{{errno}}"}""",
            Migration = new(
                stage,
                errno,
                before,
                after,
                weaker ? "no-silent-weakening" : null,
                weaker ? "device-unless-map-memory" : null,
                after is null ? null : 2,
                after is null ? null : "MIDR_EL1 EINVAL, CTR_EL0 EINVAL",
                after is null ? 0 : 65536,
                4100,
                6050,
                after is null ? 0 : 2200
            ),
        };

    private static ResultRecord Mismatch(string from, string to, int migration) =>
        Judged(from, to, migration) with
        {
            Verdict = Verdicts.Mismatch,
            Culprit = Culprits.Kernel,
            Reason = $"contradicts mainline-6.9 on {to}: a page outside the kernel's memory map is a device",
            Policy = "mainline-6.9",
            Rule = "device-unless-map-memory",
            RuleSource = "kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9",
            Predicted = "resumed",
            Observed = "first-access EPERM (KVM_RUN)",
            Details = "source: write: mapped",
            PredictedJson = """{"stage":"resumed"}""",
            Migration = new(
                "first-access",
                "EPERM",
                "Device-nGnRE rw",
                null,
                "refused-in-time",
                "device-unless-map-memory",
                0,
                null,
                4096,
                1000,
                2000,
                3000
            ),
        };
}
