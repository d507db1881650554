using Harness.Store;

namespace Harness.Reports.Tests.Migrations;

public sealed class PairConsoleTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("harness-pairs-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task Many_pairs_are_a_matrix_per_migration_with_violations_once() =>
        Assert.That(
            Shown(await PairRuns.AllPairsAsync(_directory, PairRuns.Four)),
            Is.EqualTo(
                """
                run 2026-11-21T18-00-00Z-aa11  finished
                  command     harness migrate --suite moves
                  harness     0.1, model 0123456789ab, probe fedcba987654

                4 targets, 16 pairs
                   1 6.12/max/vhe  6.12.1-arm64  FWB, DIC
                   2 6.12/a76/vhe  6.12.1-arm64  no FWB, no DIC
                   3 7.2/max/vhe   7.2.1-arm64   FWB, DIC
                   4 7.2/a76/vhe   7.2.1-arm64   no FWB, no DIC

                a1a1a1a1a1a1  anonymous:private vma=rw slot=none write moved pre-copy
                  from \ to     6.12/max/vhe  6.12/a76/vhe  7.2/max/vhe  7.2/a76/vhe
                  6.12/max/vhe  ok            ok            ok           ok
                  6.12/a76/vhe  ok            ok            ok           ok
                  7.2/max/vhe   ok            ok            ok           ok
                  7.2/a76/vhe   ok            -             ok           infra

                b2b2b2b2b2b2  pfnmap:unknown:wb:shared vma=rw slot=none write moved
                  from \ to     6.12/max/vhe     6.12/a76/vhe  7.2/max/vhe  7.2/a76/vhe
                  6.12/max/vhe  ok Dev           ok Dev        ok Dev>WB    reg EINVAL
                  6.12/a76/vhe  access EPERM !*  ok Dev        ok Dev>WB    reg EINVAL
                  7.2/max/vhe   ok WB>Dev !      ok WB>Dev !   ok           reg EINVAL
                  7.2/a76/vhe   src EINVAL       src EINVAL    src EINVAL   infra

                c3c3c3c3c3c3  pfnmap:unknown:wb:shared vma=rw slot=none write moved asks
                  from \ to     6.12/max/vhe  6.12/a76/vhe  7.2/max/vhe  7.2/a76/vhe
                  6.12/max/vhe  ok Dev        ok Dev        ok Dev>WB    reg EINVAL
                  6.12/a76/vhe  ok Dev        ok Dev        ok Dev>WB    reg EINVAL
                  7.2/max/vhe   cap           cap           ok           cap
                  7.2/a76/vhe   src EINVAL    src EINVAL    src EINVAL   infra

                d4d4d4d4d4d4  pfnmap:unknown:wb:shared vma=rw slot=none write moved pre-copy
                  from \ to     6.12/max/vhe  6.12/a76/vhe  7.2/max/vhe  7.2/a76/vhe
                  6.12/max/vhe  planned       log EINVAL    log EINVAL   log EINVAL
                  6.12/a76/vhe  log EINVAL    log EINVAL    log EINVAL   log EINVAL
                  7.2/max/vhe   log EINVAL    log EINVAL    log EINVAL   log EINVAL
                  7.2/a76/vhe   src EINVAL    src EINVAL    src EINVAL   infra

                  ok            resumed: Normal-WB as before
                  -             skipped
                  infra         infrastructure: nothing is known
                  ok Dev        resumed: Device-nGnRE as before
                  ok Dev>WB     resumed: was Device-nGnRE, is Normal-WB
                  reg EINVAL    the memslot was refused: EINVAL
                  access EPERM  the guest's first access failed: EPERM
                  ok WB>Dev     resumed: was Normal-WB, is Device-nGnRE
                  src EINVAL    ended on the source: the VM did not run there: EINVAL
                  cap           a capability that the VMM relied on is missing
                  planned       planned, not reached
                  log EINVAL    dirty logging was refused on the source: no pre-copy: EINVAL
                  !             breaks a property: listed below
                  *             not as predicted: listed below

                  BREAKS no-silent-weakening  2 pairs, as predicted
                  must hold   A VM that resumes has its memory of no weaker type than before.
                  rule        device-unless-map-memory of mainline-6.9
                  source      kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9
                  pairs       from 7.2/max/vhe to 6.12/*
                  migrations  b2b2b2b2b2b2

                  BREAKS refused-in-time  1 pair, not predicted
                  rule        device-unless-map-memory of mainline-6.9
                  source      kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9
                  pairs       from 6.12/a76/vhe to 6.12/max/vhe
                  migrations  b2b2b2b2b2b2

                  MISMATCH b2b2b2b2b2b2 on 6.12/a76/vhe -> 6.12/max/vhe, culprit kernel
                  case        pfnmap:unknown:wb:shared vma=rw slot=none write moved
                  policy      mainline-6.9
                  rule        device-unless-map-memory
                  source      kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9
                  predicted   resumed
                  observed    first-access EPERM (KVM_RUN)
                              source: write: mapped
                  evidence    pte
                  remark      contradicts mainline-6.9 on 6.12/max/vhe: a page outside the kernel's memory map is a device
                  again       scripts/harness migrate b2b2b2b2b2b2 --from 6.12/a76/vhe --to 6.12/max/vhe

                  infrastructure 4 culprit infrastructure
                  reason      QEMU died (signal 9)
                  pairs       1: from 7.2/a76/vhe to 7.2/a76/vhe
                  case        a1a1a1a1a1a1 anonymous:private vma=rw slot=none write moved pre-copy
                  case        b2b2b2b2b2b2 pfnmap:unknown:wb:shared vma=rw slot=none write moved
                  case        c3c3c3c3c3c3 pfnmap:unknown:wb:shared vma=rw slot=none write moved asks
                              and 1 more

                  skip 1 culprit platform
                  reason      needs hardware
                  pairs       1: from 7.2/a76/vhe to 6.12/a76/vhe
                  case        a1a1a1a1a1a1 anonymous:private vma=rw slot=none write moved pre-copy

                rules contradicted
                       1  device-unless-map-memory (on 6.12/a76/vhe -> 6.12/max/vhe)

                16 pairs: 57 match, 1 mismatch, 4 infrastructure, 1 skip, 1 planned

                """
            )
        );

    [Test]
    public async Task A_matrix_of_144_pairs_fits_80_columns()
    {
        string shown = Shown(await PairRuns.AllPairsAsync(_directory, PairRuns.Twelve));
        Assert.That(
            shown,
            Does.Contain(
                """
                b2b2b2b2b2b2  pfnmap:unknown:wb:shared vma=rw slot=none write moved
                                to 1     2    3    4    5    6    7   8   9   10  11  12
                   1 6.12/max/vhe  Dev   Dev  Dev  Dev  Dev  Dev  D>W reg reg D>W reg reg
                   2 6.12/a710/vhe acc!* Dev  Dev  Dev  Dev  Dev  D>W reg reg D>W reg reg
                   3 6.12/a76/vhe  Dev   Dev  Dev  Dev  Dev  Dev  D>W reg reg D>W reg reg
                   4 6.16/max/vhe  Dev   Dev  Dev  Dev  Dev  Dev  D>W reg reg D>W reg reg
                   5 6.16/a710/vhe Dev   Dev  Dev  Dev  Dev  Dev  D>W reg reg D>W reg reg
                   6 6.16/a76/vhe  Dev   Dev  Dev  Dev  Dev  Dev  D>W reg reg D>W reg reg
                   7 6.17/max/vhe  W>D!  W>D! W>D! W>D! W>D! W>D! ok  reg reg ok  reg reg
                   8 6.17/a710/vhe src   src  src  src  src  src  src src src src src src
                   9 6.17/a76/vhe  src   src  src  src  src  src  src src src src src src
                  10 7.2/max/vhe   W>D!  W>D! W>D! W>D! W>D! W>D! ok  reg reg ok  reg reg
                  11 7.2/a710/vhe  src   src  src  src  src  src  src src src src src src
                  12 7.2/a76/vhe   src   src  src  src  src  src  src src src src src inf
                """
            )
        );
        Assert.That(
            shown,
            Does.Contain("pairs       from 6.17/*, 7.2/* with DIC to 6.12/*, 6.16/*\n")
                .And.Contain("  BREAKS no-silent-weakening  12 pairs, as predicted\n")
        );
        Assert.That(
            shown
                .Split('\n')
                .SkipWhile(l => l != "12 targets, 144 pairs")
                .TakeWhile(l => !l.Contains("BREAKS", StringComparison.Ordinal))
                .Max(l => l.Length),
            Is.LessThanOrEqualTo(80)
        );
    }

    [Test]
    public async Task Each_migration_of_a_single_pair_is_listed() =>
        Assert.That(
            Shown(await PairRuns.OnePairAsync(_directory, "7.2/max/vhe", "6.12/a76/vhe")),
            Is.EqualTo(
                """
                run 2026-11-21T18-00-00Z-bb22  finished
                  command     harness migrate --suite moves
                  harness     0.1, model 0123456789ab, probe fedcba987654

                7.2/max/vhe -> 6.12/a76/vhe  pair  finished
                  kernel      7.2.1-arm64 -> 6.12.1-arm64 #1 SMP -> #1 SMP
                  build id    bbbbbb72 -> bbbbb612
                  cpu         FWB, DIC -> no FWB, no DIC
                  qemu        10.0.2 -> 10.0.2
                  policy      mainline-6.17 -> mainline-6.9
                  evidence    pte, errno

                  match a1a1a1a1a1a1
                  migration   anonymous:private vma=rw slot=none write moved pre-copy
                  ended       resumed, as predicted
                  mapped      Normal-WB rwx, before and after
                  registers   2 refused: MIDR_EL1 EINVAL, CTR_EL0 EINVAL
                  content     64.0 KiB
                  time        12.4 ms: 4.1 on the source, 6.1 between, 2.2 on the destination

                  match b2b2b2b2b2b2
                  migration   pfnmap:unknown:wb:shared vma=rw slot=none write moved
                  ended       resumed, as predicted
                  mapped      Normal-WB rwx before, Device-nGnRE rw after
                  breaks      no-silent-weakening, by device-unless-map-memory (kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9)
                  registers   2 refused: MIDR_EL1 EINVAL, CTR_EL0 EINVAL
                  content     64.0 KiB
                  time        12.4 ms: 4.1 on the source, 6.1 between, 2.2 on the destination

                  match c3c3c3c3c3c3
                  migration   pfnmap:unknown:wb:shared vma=rw slot=none write moved asks
                  ended       capability, as predicted
                  mapped      Normal-WB rwx before
                  time        10.2 ms: 4.1 on the source, 6.1 between, 0.0 on the destination

                  MISMATCH d4d4d4d4d4d4, culprit kernel
                  migration   pfnmap:unknown:wb:shared vma=rw slot=none write moved pre-copy
                  ended       first-access EPERM
                  predicted   resumed
                  observed    first-access EPERM (KVM_RUN)
                  mapped      Device-nGnRE rw before
                  breaks      refused-in-time, by device-unless-map-memory (kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9)
                  registers   none refused
                  content     4.0 KiB
                  time        6.0 ms: 1.0 on the source, 2.0 between, 3.0 on the destination
                  reason      contradicts mainline-6.9 on 6.12/a76/vhe: a page outside the kernel's memory map is a device
                  rule        device-unless-map-memory
                  source      kvm_is_device_pfn(), arch/arm64/kvm/mmu.c, 6.9
                              source: write: mapped
                  again       scripts/harness migrate d4d4d4d4d4d4 --from 7.2/max/vhe --to 6.12/a76/vhe

                rules contradicted
                       1  device-unless-map-memory (on 7.2/max/vhe -> 6.12/a76/vhe)

                1 pair: 3 match, 1 mismatch

                """
            )
        );

    [Test]
    public async Task Hosts_beside_pairs_are_reported_as_ever()
    {
        string shown = Shown(await PairRuns.AllPairsAsync(_directory, PairRuns.Four, own: true));
        Assert.That(
            shown,
            Does.Contain("\nalone  qemu  finished\n").And.Contain("\n4 targets, 16 pairs\n").And.Contain("\n17 hosts: ")
        );
    }

    [Test]
    public async Task Equal_differences_on_many_pairs_are_listed_once()
    {
        string shown = Shown(await PairRuns.AllPairsAsync(_directory, PairRuns.Four, worse: true));
        Assert.That(shown.Split('\n').Count(l => l.StartsWith("  MISMATCH", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(
            shown,
            Does.Contain("  alike on    2 pairs: from 6.12/a76/vhe to 6.12/max/vhe; from 7.2/max/vhe to 7.2/max/vhe\n")
        );
    }

    private static string Shown(ResultStore store)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new ConsoleReport(store, ReportWriter.Plain(text)).Write(store.Run()!);
        return string.Join('\n', text.ToString().Split('\n').Select(l => l.TrimEnd()));
    }
}
