using System.Text;

namespace Harness.Reports.Notices;

/// <summary>A page of plain text with a maximum width, and a maximum number of lines per section.</summary>
internal sealed class Page(int width)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Blank() => _lines.Add("");

    /// <summary>One line, cut if it is too long.</summary>
    public void Line(string text) => _lines.Add(Cut(text, width));

    /// <summary>
    /// A heading with its blocks: no more than <paramref name="most"/> lines, including the heading. Nothing if there
    /// are no blocks.
    /// </summary>
    /// <param name="blocks">Each is shown whole or not at all.</param>
    /// <param name="more">The text for the omitted blocks, given their number.</param>
    public void Section(string heading, IReadOnlyList<IReadOnlyList<string>> blocks, int most, Func<int, string> more)
    {
        if (blocks.Count == 0)
            return;
        Blank();
        Line(heading);
        int room = most - 1;
        for (int i = 0; i < blocks.Count; i++)
        {
            bool last = i == blocks.Count - 1;
            if (blocks[i].Count > (last ? room : room - 1))
            {
                Line($"  {more(blocks.Count - i)}");
                return;
            }
            foreach (string line in blocks[i])
                Line("  " + line);
            room -= blocks[i].Count;
        }
    }

    /// <summary>A list, on as many lines as necessary.</summary>
    public void Words(IEnumerable<string> words)
    {
        string line = "";
        foreach (string word in words)
        {
            if (line.Length > 0 && line.Length + 4 + word.Length > width - 1)
            {
                Line($"  {line},");
                line = "";
            }
            line += line.Length == 0 ? word : $", {word}";
        }
        Line($"  {line}");
    }

    /// <summary>A command, on as many lines as necessary: a shell reads them as one.</summary>
    public void Command(IEnumerable<string> words)
    {
        var line = new StringBuilder(" ");
        foreach (string word in words)
        {
            if (line.Length + 1 + word.Length > width - 2 && line.Length > 4)
            {
                _lines.Add(line.Append(" \\").ToString());
                line.Clear().Append("   ");
            }
            line.Append(' ').Append(word);
            // Longer than a line: a backslash inside a word joins its halves, if the second begins its line.
            while (line.Length > width)
            {
                _lines.Add(line.ToString(0, width - 1) + "\\");
                line.Remove(0, width - 1);
            }
        }
        _lines.Add(line.ToString());
    }

    /// <summary>
    /// A text after a label, on at most two lines: the end is kept, since different outcomes often differ there.
    /// </summary>
    public static IEnumerable<string> Wrap(string label, string text, int width)
    {
        text = Printable.Of(text.ReplaceLineEndings(" ")).TrimEnd();
        int room = width - label.Length;
        int at = text.Length <= room ? -1 : text.LastIndexOf(' ', room);
        if (at <= 0)
            return [label + text];
        return [label + text[..at], new string(' ', label.Length) + text[(at + 1)..]];
    }

    public static string Cut(string text, int width)
    {
        text = Printable.Of(text.ReplaceLineEndings(" ")).TrimEnd();
        return text.Length <= width ? text : text[..(width - 3)].TrimEnd() + "...";
    }
}
