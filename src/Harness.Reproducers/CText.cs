using System.Globalization;
using System.Text;
using Harness.Cases;

namespace Harness.Reproducers;

/// <summary>Values, names and comments in C syntax.</summary>
internal static class CText
{
    /// <summary>A comment's or a line's width, tabs counted as eight.</summary>
    public const int Width = 90;

    private static readonly HashSet<string> Taken =
    [
        "kvm",
        "ret",
        "status",
        "gmem",
        "word",
        "touch_signal",
        "touching",
        "failed",
        "out",
        "answered",
        "step",
        "reserve",
        "running",
        "free",
        "main",
        "register",
        "read",
        "write",
        "stdin",
        "stdout",
        "stderr",
        "errno",
        "signal",
        "auto",
        "break",
        "case",
        "char",
        "const",
        "continue",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extern",
        "float",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "volatile",
        "while",
    ];

    private static readonly Dictionary<ulong, string> Sizes = new()
    {
        [2 << 10] = "SZ_2K",
        [4 << 10] = "SZ_4K",
        [32 << 10] = "SZ_32K",
        [64 << 10] = "SZ_64K",
        [2 << 20] = "SZ_2M",
        [4 << 20] = "SZ_4M",
        [256 << 10] = "SZ_256K",
        [32 << 20] = "SZ_32M",
        [512 << 20] = "SZ_512M",
    };

    /// <summary>The guest physical addresses that programs use.</summary>
    private static readonly (string Name, ulong Address, string Says)[] Places =
    [
        ("CODE_GPA", CaseLayout.CodeAddress, "the guest's code"),
        ("TEST_GPA", CaseLayout.TestAddress, "the page under test"),
        ("REPORT_GPA", CaseLayout.ReportAddress, "no memslot: a store here is the guest's report"),
        ("FIRST_GPA", CaseLayout.FirstBoundAddress, "where a guest_memfd is bound first"),
        ("MOVED_GPA", CaseLayout.MovedAddress, "where the slot is moved to"),
        ("MOVED_ALIAS_GPA", CaseLayout.MovedAliasAddress, "where the second slot is moved to"),
        ("END_GPA", 1ul << ProbeAbilities.UsualIpaBits, "beyond 40 bits, which the VM has"),
    ];

    /// <summary>A variable of the program as a C identifier.</summary>
    public static string Identifier(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
            text.Insert(0, '_');
        string word = text.ToString();
        return Taken.Contains(word) ? word + "_" : word;
    }

    public static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string String(string text) =>
        "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("??", "?\\?") + "\"";

    /// <summary>"16 KiB", "2 MiB", "100 bytes": for comments.</summary>
    public static string Bytes(ulong size) =>
        size != 0 && size % (1 << 20) == 0 ? $"{size >> 20} MiB"
        : size != 0 && size % (1 << 10) == 0 ? $"{size >> 10} KiB"
        : $"{size} bytes";

    /// <summary>A size by its kernel name, which is added to the macros.</summary>
    public static string Size(ulong size, IDictionary<string, string> macros)
    {
        if (!Sizes.TryGetValue(size, out string? name))
            return size == 0 ? "0" : Hex(size);
        macros[name] = $"{Hex(size)}UL";
        return name;
    }

    /// <summary>A guest physical address, as an offset from a named one below it.</summary>
    public static string Address(ulong address, IDictionary<string, string> macros)
    {
        foreach (var (name, place, says) in Places)
        {
            long beyond = unchecked((long)(address - place));
            if (beyond is < -(4 << 20) or >= 4 << 20)
                continue;
            macros[name] = $"{Hex(place)}UL\t/* {says} */";
            return beyond == 0 ? name : $"{name} {(beyond < 0 ? '-' : '+')} {Size((ulong)Math.Abs(beyond), macros)}";
        }
        return Hex(address) + "UL";
    }

    /// <summary>Lines of at most <see cref="Width"/> characters less <paramref name="indent"/>.</summary>
    public static IEnumerable<string> Wrap(string text, int indent)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width - indent)
            {
                yield return line.ToString();
                line.Clear();
            }
            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }
        if (line.Length > 0)
            yield return line.ToString();
    }

    /// <summary>Text for a comment must not end it.</summary>
    public static string InComment(string text) => text.Replace("*/", "* /").Replace("/*", "/ *");
}
