using System.Text;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

public class LineReaderTests
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(100_000)]
    public async Task Lines_are_cut_the_same_however_the_bytes_arrive(int most)
    {
        var random = new Random(3);
        var lines = Enumerable
            .Range(0, 300)
            .Select(i => new string((char)('a' + (i % 26)), random.Next(0, 900)))
            .ToArray();
        var reader = new LineReader(new Dribble(string.Join('\n', lines) + "\nhalf ü", most), 1000);
        foreach (var line in lines)
            Assert.That(await reader.ReadAsync(), Is.EqualTo(line));
        Assert.That(await reader.ReadAsync(), Is.Null);
        Assert.That(reader.HalfLine, Is.EqualTo("half ü"));
        Assert.That(await reader.ReadAsync(), Is.Null, "the end stays the end");
    }

    [Test]
    public async Task A_line_of_exactly_the_limit_passes_and_one_more_byte_does_not()
    {
        var reader = new LineReader(
            new Dribble(new string('x', 100_000) + "\n" + new string('y', 100_001) + "\n", 4096),
            100_000
        );
        Assert.That(await reader.ReadAsync(), Has.Length.EqualTo(100_000));
        Assert.That(
            async () => await reader.ReadAsync(),
            Throws.TypeOf<LineTooLongException>().With.Message.Contains("yyyy").And.Message.Length.LessThan(200)
        );
    }

    [Test]
    public void A_line_without_end_is_refused_before_it_fills_the_memory()
    {
        var reader = new LineReader(new Endless(), 1 << 20);
        Assert.That(async () => await reader.ReadAsync(), Throws.TypeOf<LineTooLongException>());
    }

    /// <summary>Returns at most this many bytes at once.</summary>
    private sealed class Dribble(string text, int most) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default) =>
            base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancel);
    }

    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default) =>
            ValueTask.FromResult(buffer.Length);
    }
}
