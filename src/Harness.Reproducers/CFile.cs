using System.Text;

namespace Harness.Reproducers;

/// <summary>Builds a C file with one function, main(), step by step.</summary>
internal sealed class CFile
{
    private readonly SortedSet<string> _includes = new(StringComparer.Ordinal)
    {
        "fcntl.h",
        "linux/kvm.h",
        "stdio.h",
        "stdlib.h",
        "sys/ioctl.h",
        "unistd.h",
    };
    private readonly List<Fragment> _fragments = [];
    private readonly SortedDictionary<string, string> _macros = new(StringComparer.Ordinal);
    private readonly StringBuilder _data = new();
    private readonly List<string> _locals = [];
    private readonly List<string> _body = [];
    private readonly List<string> _cleanup = [];
    private readonly Dictionary<string, string> _filled = [];

    /// <summary>Macros by name, with their values.</summary>
    public IDictionary<string, string> Macros => _macros;

    public void Include(params ReadOnlySpan<string> headers)
    {
        foreach (string header in headers)
            _includes.Add(header);
    }

    /// <summary>Adds this fragment, and those that it depends on.</summary>
    public void Need(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (_fragments.Exists(f => f.Name == name))
                continue;
            var fragment = Fragment.Named(name);
            Include([.. fragment.Includes]);
            Need([.. fragment.Needs]);
            _fragments.Add(fragment);
        }
    }

    /// <summary>Sets the text for "@NAME@" in fragments; one text for the whole file.</summary>
    /// <exception cref="NotSupportedException">Another text is already set.</exception>
    public void Fill(string name, string text)
    {
        if (!_filled.TryAdd(name, text) && _filled[name] != text)
            throw new NotSupportedException($"a reproducer has one list of {name.ToLowerInvariant()}");
    }

    /// <summary>Constant data before the functions.</summary>
    public void Data(string text) => _data.Append(text).Append("\n\n");

    /// <summary>A variable of main(), declared once.</summary>
    public void Local(string declaration)
    {
        if (!_locals.Contains(declaration))
            _locals.Add(declaration);
    }

    /// <summary>Statements of main(), indented by one tab more than they are here.</summary>
    public void Code(string text)
    {
        foreach (string line in text.TrimEnd('\n').Split('\n'))
            _body.Add(Indented(line));
    }

    public void Blank() => _body.Add("");

    /// <summary>A comment on its own lines in main().</summary>
    public void Comment(string text)
    {
        string[] lines = [.. CText.Wrap(CText.InComment(text), 14)];
        if (lines.Length == 1)
        {
            Code($"/* {lines[0]} */");
            return;
        }
        Code("/*");
        foreach (string line in lines)
            Code(" * " + line);
        Code(" */");
    }

    /// <summary>Statements after the label "out"; those added last come first.</summary>
    public void Finally(string text) => _cleanup.InsertRange(0, text.TrimEnd('\n').Split('\n').Select(Indented));

    /// <summary>A statement that is executed at the end, after all others.</summary>
    public void Last(string text) => _cleanup.AddRange(text.TrimEnd('\n').Split('\n').Select(Indented));

    /// <param name="header">The comment at the top, with its delimiters.</param>
    /// <param name="ending">Statements before the label "out".</param>
    public string Text(string header, string ending)
    {
        var text = new StringBuilder(header);
        text.Append("#define _GNU_SOURCE\n");
        foreach (
            string include in _includes.OrderBy(i => i.Contains('/') && !i.StartsWith("sys/", StringComparison.Ordinal))
        )
            text.Append("#include <").Append(include).Append(">\n");
        foreach (var fragment in _fragments.Where(f => f.Defines))
            text.Append('\n').Append(fragment.Text).Append('\n');
        if (_macros.Count > 0)
            text.Append('\n');
        foreach (var (name, value) in _macros)
            text.Append("#define ")
                .Append(name)
                .Append(new string('\t', name.Length < 8 ? 2 : 1))
                .Append(value)
                .Append('\n');
        text.Append('\n').Append(_data);
        foreach (var fragment in _fragments.Where(f => !f.Defines))
            text.Append(Filled(fragment.Text)).Append("\n\n");
        text.Append("int main(void)\n{\n");
        foreach (string local in _locals)
            text.Append('\t').Append(local).Append('\n');
        text.Append('\n');
        foreach (string line in _body)
            text.Append(line).Append('\n');
        text.Append('\n');
        foreach (string line in ending.TrimEnd('\n').Split('\n'))
            text.Append(line).Append('\n');
        foreach (string line in _cleanup)
            text.Append(line).Append('\n');
        text.Append("\treturn status;\n}\n");
        return text.ToString();
    }

    private string Filled(string text)
    {
        foreach (var (name, value) in _filled)
            text = text.Replace($"@{name}@", value);
        return text;
    }

    // A label starts its line; an empty line is not indented.
    private static string Indented(string line) => line.Length == 0 ? "" : "\t" + line;
}
