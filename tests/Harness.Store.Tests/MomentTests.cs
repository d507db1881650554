namespace Harness.Store.Tests;

public sealed class MomentTests
{
    private string _directory = "";

    [SetUp]
    public void Create() => _directory = Directory.CreateTempSubdirectory("harness-store-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    private ResultStore New(string name) => ResultStore.OpenOrCreate(Path.Combine(_directory, name));

    private static async Task AddRunAsync(ResultStore store, string id)
    {
        await using var writer = await store.BeginRunAsync(
            new RunRecord(id, DateTimeOffset.UtcNow, "harness run", "1", "model", null, null)
        );
        await writer.FinishAsync(States.Finished);
    }

    [Test]
    public async Task What_is_read_at_one_moment_does_not_see_what_is_written_meanwhile()
    {
        var store = New("a.db");
        await AddRunAsync(store, "one");

        var (before, during) = store.AtOneMoment(() =>
        {
            int first = store.RunHeads().Count;
            Task.Run(() => AddRunAsync(store, "two")).Wait();
            return (first, store.RunHeads().Count);
        });

        Assert.That((before, during, store.RunHeads().Count), Is.EqualTo((1, 1, 2)));
    }

    [Test]
    public async Task Another_database_is_read_as_it_is()
    {
        ResultStore one = New("a.db"),
            other = New("b.db");
        await AddRunAsync(one, "one");

        int[] counts = one.AtOneMoment(() =>
            other.AtOneMoment(() => new[] { one.RunHeads().Count, other.RunHeads().Count })
        );

        Assert.That(counts, Is.EqualTo(new[] { 1, 0 }));
    }
}
