using System.Security.Cryptography;
using System.Text;
using Harness.Cases.Migrations;

namespace Harness.Cases.Tests;

/// <summary>
/// Stored results, known differences and links refer to ids. The golden file has, for each family, the number of its
/// cases and a hash of their ids and keys, so that any change is detected.
/// </summary>
public class CaseIdTests
{
    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "..", "..", "..");

    private static readonly string Golden = Path.Combine(Directory, "case-ids.txt");

    [Test]
    public void Ids_and_keys_of_all_cases_and_migrations_are_those_of_the_golden_file()
    {
        string[] actual = [.. Families().Select(f => Line(f.Name, f.Lines))];

        if (File.ReadAllLines(Golden).SequenceEqual(actual))
            return;
        string path = Path.Combine(AppContext.BaseDirectory, "case-ids.actual.txt");
        File.WriteAllLines(path, actual);
        Assert.That(
            actual,
            Is.EqualTo(File.ReadAllLines(Golden)),
            $"""
            Ids or keys of cases differ from {Path.GetFullPath(Golden)}.
            A key that changes takes away the history of its case. New cases are no reason for another to change: compare
            'scripts/harness cases --json' with that of the last commit. If exactly what was meant to change did:
                cp {Path.GetFullPath(path)} {Path.GetFullPath(Golden)}
            """
        );
    }

    [Test]
    public void The_hash_of_a_family_changes_with_one_letter_of_one_key()
    {
        Assert.That(Line("a", ["1 x", "2 y"]), Is.EqualTo(Line("a", ["2 y", "1 x"])), "the order is no part of it");
        Assert.That(Line("a", ["1 x", "2 y"]), Is.Not.EqualTo(Line("a", ["1 x", "2 z"])));
    }

    private static IEnumerable<(string Name, IEnumerable<string> Lines)> Families() =>
        [
            .. AllCases.Cases.GroupBy(AllCases.FamilyOf).Select(f => (f.Key, f.Select(c => $"{c.Id} {c.Key}"))),
            ("migration", AllMigrations.Migrations.Select(m => $"{m.Id} {m.Key}")),
        ];

    private static string Line(string family, IEnumerable<string> lines)
    {
        string[] sorted = [.. lines.Order(StringComparer.Ordinal)];
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', sorted)));
        return $"{family} {sorted.Length} {Convert.ToHexStringLower(hash)}";
    }
}
