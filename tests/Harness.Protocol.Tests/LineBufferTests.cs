using System.Text;

namespace Harness.Protocol.Tests;

public class LineBufferTests
{
    [Test]
    public void Lines_come_out_whole_however_the_bytes_came_in()
    {
        var random = new Random(1);
        var lines = Enumerable
            .Range(0, 300)
            .Select(i => new string((char)('a' + i % 26), random.Next(0, 2000)))
            .ToArray();
        var bytes = Encoding.ASCII.GetBytes(string.Concat(lines.Select(l => l + "\n")) + "cut off");
        foreach (int chunk in new[] { 1, 7, 4096, bytes.Length })
        {
            var buffer = new LineBuffer();
            var taken = new List<string>();
            for (int at = 0; at < bytes.Length; at += chunk)
            {
                buffer.Append(bytes, at, Math.Min(chunk, bytes.Length - at));
                while (buffer.Take() is { } line)
                    taken.Add(Encoding.ASCII.GetString(line));
            }
            Assert.That(taken, Is.EqualTo(lines), $"in chunks of {chunk}");
            Assert.That(buffer.Pending, Is.EqualTo("cut off".Length));
        }
    }

    [Test]
    public void A_line_beyond_the_limit_is_refused_before_its_end_comes()
    {
        var buffer = new LineBuffer();
        var bytes = new byte[LineProtocol.LineLimit];
        buffer.Append(bytes, 0, bytes.Length);
        Assert.That(buffer.Take(), Is.Null);
        buffer.Append(bytes, 0, 1);
        Assert.That(() => buffer.Take(), Throws.InstanceOf<ProtocolException>());
    }
}
