using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Harness.Chaos;

/// <summary>What is said in place of a probe's line.</summary>
internal enum LieKind
{
    Garbage,
    WrongCase,
    WrongRequest,
    Twice,
    HugeLine,
    Escapes,
    RawEscapes,
    Html,
    HalfLine,
    OtherProtocol,
    OtherProbe,
    Silence,
    WrongTypes,
    DeepNesting,
}

/// <summary>A lie.</summary>
/// <param name="Kind">What is said.</param>
/// <param name="Line">In place of which line of the probe, counted from 0.</param>
/// <param name="Once">Only by the first probe that is started.</param>
internal sealed record Lie(LieKind Kind, int Line, bool Once)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Line} {Once}");

    public static Lie Parse(string text)
    {
        string[] words = text.Split(' ');
        return new Lie(
            Enum.Parse<LieKind>(words[0]),
            int.Parse(words[1], CultureInfo.InvariantCulture),
            bool.Parse(words[2])
        );
    }
}

/// <summary>Passes on a probe's lines, and lies at one of them. Runs as a process of its own on the way.</summary>
internal static partial class Liar
{
    public const string Verb = "lie";

    /// <summary>As much as a host can send before anybody reads it.</summary>
    private const int Huge = 100 << 20;

    /// <summary>The command that passes on its input.</summary>
    /// <param name="file">Has the lie.</param>
    public static string[] Command(string file) => ["dotnet", typeof(Liar).Assembly.Location, Verb, file];

    public static void Run(string file)
    {
        var lie = Lie.Parse(File.ReadAllText(file));
        using var output = Console.OpenStandardOutput();
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        try
        {
            for (int number = 0; input.ReadLine() is { } line; number++)
            {
                if (number != lie.Line)
                {
                    output.Write(Encoding.UTF8.GetBytes(line + "\n"));
                    continue;
                }
                if (lie.Once)
                    File.Delete(file);
                if (!Say(lie.Kind, line, output))
                    return;
            }
        }
        catch (IOException)
        {
            // The other end is closed.
        }
    }

    /// <returns>False if nothing is said after it.</returns>
    private static bool Say(LieKind kind, string line, Stream output)
    {
        switch (kind)
        {
            case LieKind.HugeLine:
                var piece = new byte[1 << 20];
                Array.Fill(piece, (byte)'x');
                for (int i = 0; i < Huge / piece.Length; i++)
                    output.Write(piece);
                output.Write("\n"u8);
                return true;
            case LieKind.Garbage:
                var noise = new byte[300];
                new Random(line.Length).NextBytes(noise);
                output.Write([.. noise.Where(b => b != '\n'), (byte)'\n']);
                return true;
            case LieKind.Silence:
                Thread.Sleep(Timeout.Infinite);
                return false;
            case LieKind.HalfLine:
                output.Write(Encoding.UTF8.GetBytes(line[..(line.Length / 2)]));
                return false;
            default:
                output.Write(Encoding.UTF8.GetBytes(Replaced(kind, line) + "\n"));
                return true;
        }
    }

    private static string Replaced(LieKind kind, string line) =>
        kind switch
        {
            LieKind.WrongCase => Case().Replace(line, "\"case\":\"0123456789ab\""),
            LieKind.WrongRequest => Id().Replace(line, "\"id\":4711", 1),
            LieKind.Twice => $"{line}\n{line}",
            LieKind.Escapes =>
                $$"""{"id":{{Id().Match(line).Groups[1].Value}},"error":"\u001b]0;title\u0007\u001b[2J\u001b[31mall is well\u202e\u0000"}""",
            LieKind.RawEscapes => "\u001b]0;title\u0007\u001b[2J\u001b[31mall is well\u009b1m",
            LieKind.Html =>
                "<html><head><title>502 Bad Gateway</title></head><body><script>alert(1)</script></body></html>",
            LieKind.OtherProtocol => line.Replace("\"protocol\":", "\"protocol\":9", StringComparison.Ordinal),
            LieKind.OtherProbe => Hash().Replace(line, "\"probe\":\"" + new string('0', 64) + "\""),
            LieKind.WrongTypes => $$"""{"id":{{Id().Match(line).Groups[1].Value}},"observation":[null,{"case":7}]}""",
            LieKind.DeepNesting => new string('[', 100_000),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

    [GeneratedRegex("\"id\":([0-9]+)")]
    private static partial Regex Id();

    [GeneratedRegex("\"case\":\"[0-9a-f]*\"")]
    private static partial Regex Case();

    [GeneratedRegex("\"probe\":\"[0-9a-f]*\"")]
    private static partial Regex Hash();
}
