using System.IO.Compression;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Tests;

/// <summary>A directory for each test, and records for tests.</summary>
public abstract class StoreFixture
{
    protected static readonly DateTimeOffset Started = new(2026, 11, 21, 4, 12, 33, TimeSpan.Zero);

    private string _directory = "";

    protected string Database => Path.Combine(_directory, "results.db");

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("harness-store-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    protected static RunRecord ARun(string id = "2026-11-21T04-12-33Z-ab12", DateTimeOffset? started = null) =>
        new(id, started ?? Started, "harness run", "0.1", "model-1", "probe-1", null);

    protected static IReadOnlyList<CaseRecord> Cases(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new CaseRecord($"case-{i:D3}", "backing", $"case number {i}", $$"""{"number":{{i}}}""")),
        ];

    /// <summary>A script of an older harness that upgraded a file to that version from the one before.</summary>
    protected static string OldScript(int version) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Written", $"v{version}.sql"));

    /// <summary>Replaces the database by a file that an older harness wrote.</summary>
    protected void Unpack(string name)
    {
        using var packed = new GZipStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Written", name)),
            CompressionMode.Decompress
        );
        using var file = File.Create(Database);
        packed.CopyTo(file);
    }

    /// <summary>Runs a statement without the store's knowledge.</summary>
    protected void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False;Foreign Keys=False");
        connection.Open();
        SqliteFile.Execute(connection, sql);
    }
}
