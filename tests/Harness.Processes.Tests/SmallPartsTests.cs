using System.Text;

namespace Harness.Processes.Tests;

public class SmallPartsTests
{
    [TestCase("plain-word_1./:=@%+,", "plain-word_1./:=@%+,")]
    [TestCase("", "''")]
    [TestCase("two words", "'two words'")]
    [TestCase("it's", "'it'\\''s'")]
    [TestCase("~", "'~'")]
    [TestCase("a\nb", "'a\nb'")]
    public void A_word_is_quoted_only_where_a_shell_would_touch_it(string word, string quoted) =>
        Assert.That(ShellQuote.Word(word), Is.EqualTo(quoted));

    [Test]
    public async Task A_real_shell_reads_every_quoted_word_back()
    {
        var words = Enumerable
            .Range(1, 127)
            .Select(c => $"a{(char)c}b{(char)c}")
            .Concat(["", "''", "'\\''", "$(x)`y`", "-n", "!x", "ünï", "\\", "\\\\"])
            .ToArray();
        var script = "printf '%s\\0' " + ShellQuote.Join(words);
        var result = await new ProcessRunner().RunAsync(new ProcessSpec("sh", "-c", script));
        Assert.That(result.OutputText.Split('\0')[..^1], Is.EqualTo(words));
    }

    [Test]
    public void A_word_with_a_nul_is_refused() => Assert.That(() => ShellQuote.Word("a\0b"), Throws.ArgumentException);

    [Test]
    public void A_tail_keeps_the_last_bytes_however_they_come()
    {
        var random = new Random(7);
        var tail = new TailBuffer(10_000);
        var all = new List<byte>();
        for (int i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(0, i == 100 ? 30_000 : 900)];
            random.NextBytes(bytes);
            tail.Write(bytes);
            all.AddRange(bytes);
            Assert.That(tail.ToArray(), Is.EqualTo(all.TakeLast(10_000)));
        }
        Assert.That(tail.Total, Is.EqualTo(all.Count));
        Assert.That(tail.Truncated);
    }

    [Test]
    public void A_tail_shows_no_half_line_at_its_beginning()
    {
        var tail = new TailBuffer(8);
        tail.Write("12345\nabc\n"u8);
        Assert.That(tail.ToString(), Is.EqualTo("abc\n"));
        var whole = new TailBuffer(8);
        whole.Write("ab\n"u8);
        Assert.That(whole.ToString(), Is.EqualTo("ab\n"));
    }

    [Test]
    public void A_process_name_may_hold_spaces_and_parentheses()
    {
        var line = "12 (a) b) S 3 12 11 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 77 2";
        Assert.That(ProcStat.Parse(line), Is.EqualTo(new ProcStat(12, 'S', 3, 11, 98765, 77)));
    }

    [TestCase(null, 1)]
    [TestCase("", 1)]
    [TestCase("2.5", 2.5)]
    public void The_slowdown_is_a_number(string? text, double factor) =>
        Assert.That(TimeoutScale.Parse(text), Is.EqualTo(factor));

    [TestCase("much")]
    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("1e9")]
    public void A_slowdown_that_is_no_sensible_number_is_refused_by_name(string text) =>
        Assert.That(
            () => TimeoutScale.Parse(text),
            Throws.TypeOf<FormatException>().With.Message.Contains("HARNESS_SLOWDOWN").And.Message.Contains(text)
        );

    [Test]
    public async Task The_command_line_can_be_pasted()
    {
        var spec = new ProcessSpec("ssh", "-o", "A=b c")
        {
            Environment = new Dictionary<string, string?>
            {
                ["LC_ALL"] = "C",
                ["COLOUR"] = "dark blue",
                ["GONE"] = null,
            },
        };
        Assert.That(spec.CommandLine, Is.EqualTo("LC_ALL=C COLOUR='dark blue' ssh -o 'A=b c'"));

        // A shell treats the variables as assignments, and not as the name of a program.
        var asked = Dummy.Spec("environment", "COLOUR") with { Environment = spec.Environment };
        var pasted = await new ProcessRunner().RunAsync(new ProcessSpec("sh", "-c", asked.CommandLine));
        Assert.That(pasted.OutputText, Is.EqualTo("dark blue"), pasted.ErrorText);
    }
}
