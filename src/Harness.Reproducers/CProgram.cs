using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>The C program as its steps are written: its file, its variables, and how a step is called.</summary>
internal sealed class CProgram(CFile file, ReproducerSource source)
{
    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);

    /// <summary>A step's errno can complete the program: the label "answered" is used.</summary>
    public bool HasEnds { get; private set; }

    /// <summary>Notes whether the step's errno can complete the program.</summary>
    public void Ends(Step step) => HasEnds |= step.OnError == OnError.End;

    /// <summary>A comment, then the call, then how the program continues if it failed.</summary>
    /// <param name="number">Position in the program.</param>
    /// <param name="step">The step.</param>
    /// <param name="says">What it does.</param>
    /// <param name="test">The expression that prints the step's line and is true if the call failed.</param>
    /// <param name="before">Statements that make the call.</param>
    public void Call(int number, Step step, string says, string test, string? before = null)
    {
        file.Comment($"Step {number}: {says}");
        if (before is not null)
            file.Code(before);
        Ends(step);
        string lines = step.OnError switch
        {
            OnError.Fail => $"if ({test})\n\tgoto out;",
            OnError.End => $"if ({test})\n\tgoto answered;",
            _ => $"{test};",
        };
        file.Code(lines);
    }

    public string Plain(int number, Step step, string call)
    {
        file.Need("step");
        return $"step({number}, \"{step.Op}\", {call})";
    }

    public string Declare(string name, VariableKind kind, Variable? like = null)
    {
        string identifier = CText.Identifier(name);
        if (!_variables.TryAdd(name, (like ?? new Variable("", kind)) with { Name = identifier, Kind = kind }))
            throw new ProtocolException($"'{name}' is set twice");
        return identifier;
    }

    /// <summary>An open descriptor, closed at the end.</summary>
    public string Descriptor(string name, VariableKind kind = VariableKind.Descriptor)
    {
        string identifier = Declare(name, kind);
        file.Local($"int {identifier} = -1;");
        file.Finally($"if ({identifier} >= 0)\n\tclose({identifier});");
        return identifier;
    }

    public Variable Get(string name) =>
        _variables.TryGetValue(name, out var variable)
            ? variable
            : throw new ProtocolException($"there is no '{name}'");

    public string Size(ulong size) => CText.Size(size, file.Macros);

    public string Address(ulong address) => CText.Address(address, file.Macros);

    /// <summary>"memory + SZ_64K".</summary>
    public string Within(string map, ulong offset) => offset == 0 ? map : $"{map} + {Size(offset)}";

    public static string Protection(bool write) => write ? "PROT_READ | PROT_WRITE" : "PROT_READ";

    /// <summary>A call with its arguments, on as many lines as necessary.</summary>
    public static string Statement(string begin, params string[] arguments)
    {
        var lines = new List<string> { begin };
        for (int i = 0; i < arguments.Length; i++)
        {
            string piece = arguments[i] + (i < arguments.Length - 1 ? "," : ");");
            string joined = lines[^1].EndsWith('(') ? lines[^1] + piece : $"{lines[^1]} {piece}";
            if (joined.Replace("\t", "        ").Length <= CText.Width - 8)
                lines[^1] = joined;
            else
                lines.Add(new string('\t', begin.Length / 8) + new string(' ', begin.Length % 8) + piece);
        }
        return string.Join('\n', lines);
    }

    /// <summary>A variable in prose.</summary>
    public static string Quoted(string name) => $"'{name}'";

    /// <summary>A path or a PCI address as a C string, with machine-specific parts as macros.</summary>
    public string Path(string path)
    {
        if (source.Pci is not { } pci)
            return CText.String(path);
        string text = path;
        var parts = new List<string>();
        if (pci.Group is { } group && path == $"/dev/vfio/{group}")
            return $"\"/dev/vfio/\" {Macro("PCI_GROUP", CText.String(group))}";
        int at = text.IndexOf(pci.Address, StringComparison.Ordinal);
        if (at < 0)
            return CText.String(path);
        if (at > 0)
            parts.Add(CText.String(text[..at]));
        parts.Add(Macro("PCI_DEVICE", CText.String(pci.Address)));
        text = text[(at + pci.Address.Length)..];
        string resource = $"/resource{pci.Bar}";
        if (text.StartsWith(resource, StringComparison.Ordinal))
        {
            parts.Add("\"/resource\"");
            parts.Add(Macro("PCI_RESOURCE", CText.String(text["/resource".Length..])));
        }
        else if (text.Length > 0)
        {
            parts.Add(CText.String(text));
        }
        return string.Join(' ', parts);
    }

    /// <summary>An offset into a file: that of a BAR in /dev/mem is machine-specific.</summary>
    public string Place(ulong offset) =>
        source.Pci is { } pci && offset >= pci.Start && offset - pci.Start < pci.Size && pci.Start > 0
            ? Macro("PCI_START", CText.Hex(pci.Start) + "UL")
                + (offset == pci.Start ? "" : $" + {Size(offset - pci.Start)}")
            : Size(offset);

    public string Macro(string name, string value)
    {
        file.Macros[name] = value;
        return name;
    }
}
