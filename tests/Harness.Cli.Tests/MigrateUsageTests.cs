using System.Text.Json;
using Harness.Cases.Migrations;
using Harness.Cli.Actions;
using Harness.Model;

namespace Harness.Cli.Tests;

/// <summary>The options of harness migrate, and its error messages.</summary>
public sealed class MigrateUsageTests : CommandFixture
{
    /// <summary>Grace's GPU memory, read.</summary>
    private const string Grace = "f247a6ff73a2";

    private const string Pair = "--from fwb --to lab";

    [TestCase("migrate", "migrate needs --from and --to, or --suite")]
    [TestCase("migrate --from fwb", "migrate needs --from and --to, or --suite")]
    [TestCase("migrate --to fwb", "migrate needs --from and --to, or --suite")]
    [TestCase($"migrate {Pair} --suite moves", "migrate needs --from and --to, or --suite")]
    [TestCase("migrate --to fwb --suite moves", "migrate needs --from and --to, or --suite")]
    [TestCase($"migrate {Grace} {Pair} --filter precopy=yes", "--filter: CASE already selects the migration")]
    [TestCase($"migrate {Pair} --ask", "--pre-copy, --ask, --all-registers and --ipa are for a CASE")]
    [TestCase($"migrate {Pair} --pre-copy", "--pre-copy, --ask, --all-registers and --ipa are for a CASE")]
    [TestCase($"migrate {Pair} --all-registers", "--pre-copy, --ask, --all-registers and --ipa are for a CASE")]
    [TestCase($"migrate {Pair} --ipa 48", "--pre-copy, --ask, --all-registers and --ipa are for a CASE")]
    [TestCase(
        $"migrate {Grace} {Pair} --ipa 99",
        "this migration is not supported: KVM_CREATE_VM takes 32 to 52 bits of guest physical addresses"
    )]
    [TestCase(
        $"migrate {Grace} {Pair} --ipa -1",
        "this migration is not supported: KVM_CREATE_VM takes 32 to 52 bits of guest physical addresses"
    )]
    [TestCase($"migrate {Grace} {Pair} --ipa many", "Cannot parse argument 'many' for option '--ipa'")]
    [TestCase("migrate --from fbw --to lab", "unknown target 'fbw': did you mean 'fwb'? (allowed: fwb, lab)")]
    [TestCase("migrate --from lab --to fbw", "unknown target 'fbw': did you mean 'fwb'? (allowed: fwb, lab)")]
    [TestCase(
        "migrate --suite nightly",
        "unknown suite 'nightly': did you mean 'night'? (allowed: default, night, moves)"
    )]
    [TestCase("migrate --suite night", "suite 'night' ")]
    [TestCase($"migrate 000000 {Pair}", "no case or migration, or more than one, begins with '000000'")]
    [TestCase(
        $"migrate {Pair} --filter backing=hole&backing=gmem",
        "no migration fits the filter 'backing=hole&backing=gmem'"
    )]
    [TestCase(
        $"migrate {Pair} --filter bakcing=x",
        "filter 'bakcing=x', at 1: 'bakcing' is not an attribute: did you mean 'backing'? (allowed: "
    )]
    [TestCase(
        "migrate --list --filter bakcing=x",
        "filter 'bakcing=x', at 1: 'bakcing' is not an attribute: did you mean 'backing'? (allowed: "
    )]
    [TestCase(
        "migrate --list --filter backing=hole&backing=gmem",
        "no migration fits the filter 'backing=hole&backing=gmem'"
    )]
    [TestCase($"migrate {Pair} --config missing.json", "missing.json: the file does not exist")]
    [TestCase($"migrate {Pair} --jobs 0", "--jobs")]
    [TestCase($"migrate {Pair} --wait soon", "--wait")]
    public async Task Bad_usage_is_one_clear_line_with_exit_code_2_and_runs_nothing(string line, string message)
    {
        var (code, output, error) = await Harness(line);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(error, Does.StartWith("harness: ").And.Contain(message));
            Assert.That(
                error.TrimEnd().Split('\n').Where(l => !l.StartsWith("harness: see: ", StringComparison.Ordinal)),
                Has.Exactly(1).Items,
                error
            );
            Assert.That(error, Does.Not.Contain("   at "));
            Assert.That(output, Is.Empty);
            Assert.That(Asked, Is.Null);
            Assert.That(File.Exists(Path.Combine(Directory, "results.db")), Is.False);
        });
    }

    /// <summary>A read-only slot, for example: not every existing case can be migrated.</summary>
    [Test]
    public async Task A_case_that_can_not_be_moved_says_why()
    {
        var fixedCase = Cases.AllCases.Cases.First(c => c is AccessCase { VmaWritable: false });
        var (code, _, error) = await Harness($"migrate {fixedCase.Id} {Pair}");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(
            error,
            Does.StartWith(
                "harness: this migration is not supported: a guest that can't store has nothing to compare after the migration ("
            )
        );
    }

    [TestCase("s1=wb op=at")]
    [TestCase("life=ordinary")]
    public async Task A_case_of_another_kind_than_plain_accesses_can_not_be_moved(string part)
    {
        var other = Cases.AllCases.Cases.First(c => c.Key.Contains(part, StringComparison.Ordinal));
        var (code, _, error) = await Harness($"migrate {other.Id} {Pair}");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(
            error,
            Does.StartWith("harness: this migration is not supported: only a plain slot can be moved")
                .And.Contain($"({other.Key})")
        );
    }

    [Test]
    public async Task Pairs_run_the_quick_set_by_default()
    {
        Assert.That((await Harness($"migrate {Pair}")).Code, Is.Zero);
        var request = (MigrateRequest)Asked!;
        Assert.Multiple(() =>
        {
            Assert.That(request.Targets.Select(t => t.Name), Is.EqualTo(new[] { "fwb", "lab" }));
            Assert.That(request.Pairs, Is.EqualTo(new[] { (0, 1) }));
            Assert.That(request.Migrations, Is.EqualTo(AllMigrations.Migrations.Where(AllMigrations.IsQuick)));
            Assert.That(
                (request.Policy, request.Suite, request.Database),
                Is.EqualTo(((string?)null, (string?)null, Path.Combine(Directory, "results.db")))
            );
            Assert.That(request.CommandLine, Is.EqualTo($"harness migrate {Pair}"));
        });
    }

    [Test]
    public async Task A_host_may_be_both_ends_and_is_made_once()
    {
        await Harness("migrate --from fwb --to fwb");
        var request = (MigrateRequest)Asked!;
        Assert.That(request.Targets.Select(t => t.Name), Is.EqualTo(new[] { "fwb" }));
        Assert.That(request.Pairs, Is.EqualTo(new[] { (0, 0) }));
    }

    [Test]
    public async Task A_suite_is_all_its_pairs()
    {
        await Harness("migrate --suite moves --policy mainline-7.2 --jobs 3 --wait 10m");
        var request = (MigrateRequest)Asked!;
        Assert.Multiple(() =>
        {
            Assert.That(request.Targets.Select(t => t.Name), Is.EqualTo(new[] { "lab", "fwb" }));
            Assert.That(request.Pairs, Is.EqualTo(new[] { (0, 0), (0, 1), (1, 0), (1, 1) }));
            Assert.That(
                (request.Suite, request.Policy, request.How.Jobs, request.Wait),
                Is.EqualTo(("moves", "mainline-7.2", (int?)3, TimeSpan.FromMinutes(10)))
            );
        });
    }

    [Test]
    public async Task A_case_is_its_memory_moved_in_the_way_that_is_requested()
    {
        await Harness($"migrate {Grace} {Pair} --pre-copy --ask --all-registers --ipa 44");
        var ofCase = ((MigrateRequest)Asked!).Migrations.Single();
        await Harness($"migrate {ofCase.Id} {Pair}");
        var ofId = ((MigrateRequest)Asked!).Migrations.Single();
        await Harness($"migrate {AllMigrations.Migrations[0].Id[..6]} {Pair}");
        var beginning = ((MigrateRequest)Asked!).Migrations.Single();
        Assert.Multiple(() =>
        {
            Assert.That(
                ofCase.Key,
                Is.EqualTo("pfnmap:unknown:wb:shared vma=rw slot=none write moved pre-copy asks all-registers ipa=44")
            );
            Assert.That(ofId, Is.EqualTo(ofCase));
            Assert.That(beginning, Is.EqualTo(AllMigrations.Migrations[0]));
        });
    }

    [Test]
    public async Task List_prints_ids_and_keys_without_connecting()
    {
        var (code, output, error) = await Harness("migrate --list");
        Assert.Multiple(() =>
        {
            Assert.That((code, error), Is.EqualTo((0, "")));
            Assert.That(
                output.TrimEnd().Split('\n'),
                Is.EqualTo(AllMigrations.Migrations.Select(m => $"{m.Id}  {m.Key}"))
            );
            Assert.That(Asked, Is.Null);
        });
    }

    [Test]
    public async Task Listing_as_JSON_has_an_object_with_the_attributes_a_line()
    {
        var (code, output, _) = await Harness("migrate --list --json --filter quick=yes");
        string[] lines = output.TrimEnd().Split('\n');
        Assert.That(code, Is.Zero);
        Assert.That(lines, Has.Length.EqualTo(AllMigrations.Migrations.Count(AllMigrations.IsQuick)));
        foreach (string line in lines)
        {
            var read = JsonDocument.Parse(line).RootElement;
            Assert.That(read.GetProperty("quick").GetString(), Is.EqualTo("yes"));
            Assert.That(
                AllMigrations.Find(read.GetProperty("id").GetString()!)!.Key,
                Is.EqualTo(read.GetProperty("key").GetString())
            );
        }
    }

    [Test]
    public void An_unknown_policy_is_reported_before_a_database_is_made()
    {
        string database = Path.Combine(Directory, "results.db");
        var request = new MigrateRequest(
            [],
            [],
            [],
            "mainline-6.15",
            database,
            new RunOptions(false),
            "harness migrate"
        );
        var console = new HarnessConsole(TextWriter.Null, TextWriter.Null, false, false, Directory);
        Assert.That(
            async () => await MigrateAction.ExecuteAsync(request, console, default),
            Throws.TypeOf<UsageException>().With.Message.Contains("unknown policy 'mainline-6.15'")
        );
        Assert.That(File.Exists(database), Is.False);
    }

    [Test]
    public async Task Help_has_examples_and_exit_codes()
    {
        var (code, output, error) = await Harness("migrate --help");
        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain("Examples:\n  harness migrate ").And.Contain("Exit codes:\n    0  "));
    }
}
