using System.Text.RegularExpressions;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Nesting;
using Harness.Model.Tags;
using Harness.Processes;
using Harness.Protocol;

namespace Harness.Reproducers.Tests;

/// <summary>The assembly in the comments equals the GNU disassembler's output for the words beside it.</summary>
public partial class DisassemblerTests
{
    [Test]
    public async Task Every_instruction_of_every_guest_reads_as_the_GNU_disassembler_has_it()
    {
        uint[][] guests =
        [
            .. AllCases
                .Cases.Where((c, i) => c is GuestCase or AbortCase or TagCase or NestedCase || i % 100 == 0)
                .Select(c =>
                    CaseCompiler
                        .Compile(c, Sample.Able)
                        .Program.Steps.OfType<WordsStep>()
                        .FirstOrDefault(s => s.Words.Count > 2)
                )
                .OfType<WordsStep>()
                .Select(s => s.Words.ToArray()),
        ];
        var operations = Cases.Guest.GuestProgram.ForOperations(Enum.GetValues<Cases.Guest.GuestCommand>()).Words;
        uint[] words = [.. guests.SelectMany(g => g).Concat(operations).Where(w => w > 0xffff).Distinct()];

        string[] gnu = await DisassembleAsync(words);

        Assert.That(words, Has.Length.GreaterThan(60));
        Assert.That(words.Select((w, i) => Disassembler.Text(w, (ulong)i * 4)), Is.EqualTo(gnu));
    }

    [Test]
    public void A_word_that_no_guest_has_is_shown_as_it_is()
    {
        Assert.That(Disassembler.Text(0x4e20_1c20, 0), Is.EqualTo(".inst 0x4e201c20"));
        Assert.That(Disassembler.Text(0, 0), Is.EqualTo("udf #0"));
    }

    private static async Task<string[]> DisassembleAsync(uint[] words)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "words");
        await File.WriteAllBytesAsync(file, [.. words.SelectMany(BitConverter.GetBytes)]);
        var result = (
            await new ProcessRunner().RunAsync(
                new ProcessSpec(
                    "aarch64-linux-gnu-objdump",
                    "-D",
                    "-b",
                    "binary",
                    "-m",
                    "aarch64",
                    "--no-show-raw-insn",
                    file
                )
            )
        ).EnsureSuccess();
        return [.. Line().Matches(result.OutputText).Select(m => Plain(m.Groups[1].Value))];
    }

    /// <summary>Without comments, with normalized spaces; and a condition by its first name.</summary>
    private static string Plain(string text)
    {
        text = text.Split("//")[0].Trim().Replace('\t', ' ').Replace("b.hs", "b.cs").Replace("b.lo", "b.cc");
        return Remark().Replace(text, "");
    }

    [GeneratedRegex(@"^ +[0-9a-f]+:\t(.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@" <.*>$")]
    private static partial Regex Remark();
}
