using System.Diagnostics;

namespace Harness.Reports.Html;

/// <summary>
/// Writes elements; every value goes through <see cref="Encoded"/>. Tag and attribute names are the report's own.
/// </summary>
internal sealed class HtmlWriter(TextWriter to)
{
    private readonly Stack<string> _open = new();

    /// <summary>The address of a case's page, or null; null where cases have none, as in a single file.</summary>
    public Func<string, string?>? CaseAddress { get; init; }

    /// <summary>An element until the result is disposed. An attribute without a value (null) is omitted.</summary>
    public Scope Open(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(tag, attributes);
        _open.Push(tag);
        return new Scope(this, _open.Count);
    }

    /// <summary>An element that only contains text.</summary>
    public HtmlWriter Element(string tag, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(tag, attributes);
        Text(text);
        to.Write("</");
        to.Write(tag);
        to.Write('>');
        return this;
    }

    /// <summary>An element without an end tag: input, col, meta.</summary>
    public HtmlWriter Void(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(tag, attributes);
        return this;
    }

    /// <param name="keepLines">Line feeds stay; for pre.</param>
    public HtmlWriter Text(string? text, bool keepLines = false)
    {
        if (text is not null)
            to.Write(Encoded.Of(text, keepLines));
        return this;
    }

    /// <summary>For the report's own content: its style sheet, its script, its symbols.</summary>
    public HtmlWriter Own(string markup)
    {
        to.Write(markup);
        return this;
    }

    /// <summary>Breaks lines in the file; never within text.</summary>
    public HtmlWriter Line()
    {
        to.Write('\n');
        return this;
    }

    private void Tag(string tag, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        to.Write('<');
        to.Write(tag);
        foreach (var (name, value) in attributes)
        {
            if (value is null)
                continue;
            to.Write(' ');
            to.Write(name);
            if (value.Length == 0)
                continue;
            to.Write("=\"");
            to.Write(Encoded.Of(value));
            to.Write('"');
        }
        to.Write('>');
    }

    private void Close(int depth)
    {
        Debug.Assert(_open.Count == depth, "elements nest");
        to.Write("</");
        to.Write(_open.Pop());
        to.Write('>');
    }

    internal readonly struct Scope(HtmlWriter writer, int depth) : IDisposable
    {
        public void Dispose() => writer.Close(depth);
    }
}
