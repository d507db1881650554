namespace Harness.Reports.Html;

/// <summary>Texts that many results share, each once, by number. Number 0 is no text.</summary>
internal sealed class Numbered
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly List<string> _texts = [""];

    public IReadOnlyList<string> Texts => _texts;

    public string this[int number] => _texts[number];

    public int Of(string? text)
    {
        text ??= "";
        if (!_numbers.TryGetValue(text, out int number))
        {
            _numbers[text] = number = _texts.Count;
            _texts.Add(text);
        }
        return number;
    }
}
