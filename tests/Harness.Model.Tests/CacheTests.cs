using Harness.Cases;
using Harness.Model.Caches;
using Harness.Model.Policies;
using Type = Harness.Model.EffectiveType;
using Words = Harness.Model.Caches.CacheWords;

namespace Harness.Model.Tests;

/// <summary>
/// What each load may return. The tables were written from the architecture's rules and the kernel's calls of
/// dcache_clean_inval_poc() and icache_inval_pou(), and not from the model's.
/// </summary>
public class CacheTests
{
    private const Type Off = Combination.MmuOff,
        Nc = Type.NormalNonCacheable,
        Wb = Type.NormalWriteBack;

    private static readonly HostFacts Both = new(Fwb: true, Dic: true),
        Fwb = new(Fwb: true, Dic: false),
        Neither = new(Fwb: false, Dic: false);

    private static readonly Policy[] Generations = [Mainline.V6_1, Mainline.V6_12_113, Mainline.V6_17, Mainline.V7_2];

    private static readonly Backing Grace = new(
        VmaKind.PfnMap,
        KernelMap.Unknown,
        VmaMemoryType.WriteBack,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    private static IReadOnlyList<CacheCase> Cases { get; } = [.. AllCases.Cases.OfType<CacheCase>()];

    private static IEnumerable<(CacheCase Case, HostFacts Host, Policy Policy)> All =>
        from policy in Generations
        from host in HostFacts.All
        from c in Cases
        select (c, host, policy);

    /// <summary>"old, new or old": what each act that reads may return.</summary>
    private static string Read(Policy policy, HostFacts host, CacheCase c) =>
        string.Join(
            ", ",
            policy
                .Predict(host, c)
                .CacheActs.Where(a => a.Part.Words != Words.None)
                .Select(a => string.Join('|', CacheText.Each(a.Part.Words).Select(CacheText.Values.Of)))
        );

    private static CacheCase Plain(Type stageOne, string acts) => Of(Backing.Plain, stageOne, acts);

    private static CacheCase Of(Backing backing, Type stageOne, string acts) =>
        new(backing, Extent.Page, stageOne, [.. acts.Split(' ').Select(word => CacheText.Acts.Find(word)!.Value)]);

    //        stage 1  acts, and what is read with FWB and DIC, with FWB alone, with neither
    [TestCase(Off, "host-store guest-load", "new", "new", "new")]
    [TestCase(Nc, "host-store guest-load", "new", "new", "new")]
    [TestCase(Off, "guest-load host-store guest-load", "old, new", "old, new", "old, old|new")]
    [TestCase(Nc, "guest-load host-store guest-load", "old, new", "old, new", "old, old|new")]
    [TestCase(Wb, "guest-load host-store guest-load", "old, new", "old, new", "old, new")]
    [TestCase(Off, "guest-load host-store host-dc-cvac guest-load", "old, new", "old, new", "old, new")]
    [TestCase(Off, "guest-load host-store guest-dc-cvac guest-load", "old, new", "old, new", "old, new")]
    [TestCase(Off, "guest-load host-store guest-dc-civac guest-load host-load", "old, new, new", null, null)]
    [TestCase(Nc, "guest-store host-store guest-dc-ivac guest-load host-load", "new, new", "new, new", "new, new")]
    [TestCase(
        Off,
        "host-load guest-store host-load host-dc-civac host-load",
        "old, guest, guest",
        "old, guest, guest",
        "old, old|guest, guest"
    )]
    [TestCase(
        Off,
        "guest-store host-store guest-load host-load host-dc-civac guest-load",
        "new, new, new",
        null,
        "new|guest, new, new"
    )]
    // The guest's word may be lost: the process's dirty line is written back over it.
    [TestCase(
        Nc,
        "guest-load host-store guest-store guest-load host-dc-civac guest-load host-load",
        "old, guest, guest, guest",
        null,
        "old, new|guest, new|guest, new|guest"
    )]
    [TestCase(Off, "guest-load host-store recreate-slot guest-load", "old, new", "old, new", "old, new")]
    // The guest's word is in memory, and KVM leaves no line of the process when it unmaps.
    [TestCase(Off, "guest-store recreate-slot host-load", "guest", "guest", "guest")]
    [TestCase(Off, "guest-exec host-store guest-exec", "old, new", "old, old|new", "old, old|new")]
    [TestCase(Off, "guest-exec host-store recreate-slot guest-exec", "old, new", "old, new", "old, new")]
    [TestCase(Off, "guest-exec host-store host-dc-cvac guest-exec", "old, new", "old, old|new", "old, old|new")]
    // The fetch's fault invalidates the instruction caches, but doesn't clean what is dirty.
    [TestCase(Off, "guest-load host-store guest-exec", "old, new", "old, new", "old, old|new")]
    [TestCase(Off, "host-store guest-exec", "new", "new", "new")]
    [TestCase(Wb, "guest-load host-store guest-ldxr-stxr host-load", "old, new, guest", null, "old, new, guest")]
    [TestCase(
        Off,
        "guest-load host-store guest-ldxr-stxr host-load",
        "old, new, guest",
        "old, new, guest",
        "old, old|new|refused, new|guest"
    )]
    public void What_is_read_of_plain_memory(Type stageOne, string acts, string both, string? fwb, string? neither)
    {
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations)
            {
                var c = Plain(stageOne, acts);
                Assert.That(c.UnsupportedReason, Is.Null);
                Assert.That(Read(policy, Both, c), Is.EqualTo(both), policy.Name);
                Assert.That(Read(policy, Fwb, c), Is.EqualTo(fwb ?? both), policy.Name);
                if (neither is not null)
                    Assert.That(Read(policy, Neither, c), Is.EqualTo(neither), policy.Name);
            }
        });
    }

    [TestCase("mainline-6.12.113", true, "old|new")]
    [TestCase("mainline-6.12.113", false, "old|new")]
    [TestCase("mainline-6.17", true, "new")]
    [TestCase("mainline-7.2", true, "new")]
    public void A_driver_s_cacheable_memory_is_read_stale_where_it_is_mapped_Device(
        string policy,
        bool fwb,
        string expected
    ) =>
        Assert.That(
            Read(PolicyCatalog.Find(policy)!, fwb ? Both : Neither, Of(Grace, Off, "host-store guest-load")),
            Is.EqualTo(expected)
        );

    [Test]
    public void Without_FWB_a_driver_s_cacheable_memory_is_refused_before_a_cache_could_show()
    {
        var prediction = Mainline.V7_2.Predict(Neither, Of(Grace, Off, "host-store guest-load"));
        Assert.That(prediction.ToString(), Is.EqualTo("registration refused with EINVAL"));
    }

    [Test]
    public void Memory_that_process_and_guest_access_past_the_caches_is_as_it_was_stored()
    {
        var c = Of(
            Grace with
            {
                Type = VmaMemoryType.NonCacheable,
                AllowAnyUncached = true,
            },
            Wb,
            "guest-load host-store guest-load guest-store host-load"
        );
        Assert.That(Read(Mainline.V7_2, Both, c), Is.EqualTo("old, new, guest"));
    }

    /// <summary>The linear map may have fetched the line, and with FWB nothing cleans it.</summary>
    [TestCase(true, "old|new")]
    [TestCase(false, "new")]
    public void A_process_that_bypasses_the_caches_of_known_memory_may_not_reach_the_guest(bool fwb, string expected)
    {
        var c = Of(
            Grace with
            {
                Memory = KernelMap.Known,
                Type = VmaMemoryType.NonCacheable,
            },
            Off,
            "host-store guest-load"
        );
        Assert.That(Read(Mainline.V7_2, fwb ? Both : Neither, c), Is.EqualTo(expected));
    }

    [Test]
    public void No_prediction_has_a_word_that_nobody_stored_and_each_has_the_last_one()
    {
        var wrong =
            from x in All
            from a in x.Policy.Predict(x.Host, x.Case).CacheActs
            where
                (a.Part.Words & Words.Other) != 0
                || (a.Part.Words != Words.None && (a.Part.Words & a.Last) == 0)
                || (a.By is null) != (a.Part.Words == Words.None)
            select $"{x.Policy} {x.Host} {x.Case} {a.Part}";
        Assert.That(wrong.Take(5), Is.Empty);
    }

    [Test]
    public void Without_caches_the_last_word_is_the_only_one()
    {
        var acts = Mainline
            .V7_2.Predict(Neither, Plain(Off, "guest-load host-store guest-load"))
            .WithoutCaches.CacheActs;
        Assert.That(acts.Select(a => a.Part.Words), Is.EqualTo(new[] { Words.Old, Words.None, Words.New }));
        Assert.That(acts[2].By, Is.EqualTo(CacheRules.NoCaches));
    }

    private static readonly (string Name, LineCare Care)[] Careless =
    [
        ("cleans at a fault", LineCare.Usual with { CleansAtFault = false }),
        ("cleans when it unmaps", LineCare.Usual with { CleansAtUnmap = false }),
        ("DC IVAC cleans", LineCare.Usual with { InvalidateCleans = false }),
        ("invalidates instructions", LineCare.Usual with { InvalidatesInstructions = false }),
    ];

    /// <summary>A machine that doesn't is one that some listed case can show.</summary>
    [Test]
    public void What_KVM_and_the_architecture_do_to_a_line_changes_what_some_case_may_read()
    {
        foreach (var (name, care) in Careless)
            Assert.That(
                Cases.Any(c =>
                    Mainline.V7_2.Predict(Neither, c, care).Outcome != Mainline.V7_2.Predict(Neither, c).Outcome
                ),
                name
            );
    }

    [Test]
    public void Every_rule_decides_a_word_of_some_listed_case()
    {
        var seen = All.SelectMany(x => x.Policy.Predict(x.Host, x.Case).CacheActs).Select(a => a.By).ToHashSet();
        Assert.That(CacheRules.All.Except(seen), Is.EqualTo(new[] { CacheRules.NoCaches }));
    }

    [TestCase("host-store guest-load", false, "cleaned-at-fault")]
    [TestCase("host-store guest-load", true, "write-back-forced")]
    [TestCase("guest-load host-store recreate-slot guest-load", false, "cleaned-at-fault")]
    [TestCase("guest-load host-store guest-dc-civac guest-load", false, "maintained")]
    [TestCase("guest-store host-store guest-dc-ivac guest-load", false, "invalidate-cleans")]
    [TestCase("guest-load host-store guest-load", false, "mismatched-types")]
    [TestCase("guest-exec host-store guest-exec", false, "instructions-stale")]
    [TestCase("guest-exec host-store guest-exec", true, "instructions-coherent")]
    [TestCase("guest-exec host-store recreate-slot guest-exec", false, "instructions-invalidated")]
    public void The_rule_that_decides_is_named(string acts, bool fwb, string rule) =>
        Assert.That(Mainline.V7_2.Predict(fwb ? Both : Neither, Plain(Off, acts)).Deciding.Name, Is.EqualTo(rule));
}
