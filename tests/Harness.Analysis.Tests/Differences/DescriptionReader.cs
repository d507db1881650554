using System.Text.RegularExpressions;
using Harness.Analysis.Differences;
using Harness.Cases;
using Harness.Model;

namespace Harness.Analysis.Tests.Differences;

/// <summary>Parses a description back into cubes, from its text alone.</summary>
internal static partial class DescriptionReader
{
    private static readonly Dictionary<string, ulong> Phrases = new()
    {
        ["MAP_SHARED"] = Inputs.Sharing.Bit(0),
        ["MAP_PRIVATE"] = Inputs.Sharing.Bit(1),
        ["no VM_ALLOW_ANY_UNCACHED"] = Inputs.AnyUncached.Bit(0),
        ["VM_ALLOW_ANY_UNCACHED"] = Inputs.AnyUncached.Bit(1),
        ["no GUEST_MEMFD_FLAG_MMAP"] = Inputs.Mmap.Bit(0),
        ["GUEST_MEMFD_FLAG_MMAP"] = Inputs.Mmap.Bit(1),
        ["no GUEST_MEMFD_FLAG_INIT_SHARED"] = Inputs.InitShared.Bit(0),
        ["GUEST_MEMFD_FLAG_INIT_SHARED"] = Inputs.InitShared.Bit(1),
        ["range not bound yet"] = Inputs.Bound.Bit(0),
        ["range already bound"] = Inputs.Bound.Bit(1),
        ["read-only VMA"] = Inputs.Vma.Bit(0),
        ["writable VMA"] = Inputs.Vma.Bit(1),
        ["writable memslot"] = Inputs.ReadOnly.Bit(0),
        ["READONLY memslot"] = Inputs.ReadOnly.Bit(1),
        ["no dirty logging"] = Inputs.Log.Bit(0),
        ["dirty logging"] = Inputs.Log.Bit(1),
        ["there at registration"] = Inputs.Late.Bit(0),
        ["put in place after registration"] = Inputs.Late.Bit(1),
        ["VM without MTE"] = Inputs.Mte.Bit(0),
        ["VM with MTE"] = Inputs.Mte.Bit(1),
    };

    private static readonly (string Words, ulong Bits)[] Places =
    [
        (" outside the kernel's map", Inputs.Memory.Bit((int)KernelMap.Unknown)),
        (
            " not both in the kernel's map and held",
            Inputs.Memory.Bit((int)KernelMap.Unknown) | Inputs.Memory.Bit((int)KernelMap.ZeroRefcount)
        ),
        (" in the kernel's map and held", Inputs.Memory.Bit((int)KernelMap.Known)),
        (" in the kernel's map, page count zero", Inputs.Memory.Bit((int)KernelMap.ZeroRefcount)),
        (
            " in the kernel's map",
            Inputs.Memory.Bit((int)KernelMap.Known) | Inputs.Memory.Bit((int)KernelMap.ZeroRefcount)
        ),
        (", page count not zero", Inputs.Memory.Bit((int)KernelMap.Known) | Inputs.Memory.Bit((int)KernelMap.Unknown)),
    ];

    [GeneratedRegex(
        @"^(?<moment>registration|access): (?<from>.+?)(?: \(if (?<yes1>[^:]+): (?<from1>.+?)\))? -> (?<to>.+?)(?: \(if (?<yes2>[^:]+): (?<to1>.+?)\))?$"
    )]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"^(?<accesses>.+?)(?: \((?<more>(?:[^()]|\([^()]*\))+) only if (?<if>[^()]+)\))? of (?<rest>.+)$")]
    private static partial Regex OfAccess { get; }

    [GeneratedRegex(@"^(?<memory>.+?(?:memory|secretmem)\b[^,]*(?:, page count (?:not )?zero)?)(?:, (?<rest>.+))?$")]
    private static partial Regex OfMemory { get; }

    public static Dictionary<DecisionChange, List<Cube>> Read(IReadOnlyList<Paragraph> paragraphs)
    {
        var read = new Dictionary<DecisionChange, List<Cube>>();
        foreach (var paragraph in paragraphs)
        {
            var heading = Heading.Match(paragraph.Heading);
            var moment =
                heading.Groups["moment"].Value == "registration" ? DecisionPoint.Registration : DecisionPoint.Access;
            string from = heading.Groups["from"].Value,
                to = heading.Groups["to"].Value;
            var cubes = paragraph.Clauses.SelectMany(c => Read(c, moment == DecisionPoint.Access)).ToList();
            string yes = heading.Groups["yes1"].Success ? heading.Groups["yes1"].Value : heading.Groups["yes2"].Value;
            if (yes.Length == 0)
            {
                read.Add(new DecisionChange(moment, from, to), cubes);
                continue;
            }
            string from1 = heading.Groups["from1"] is { Success: true } f ? f.Value : from;
            string to1 = heading.Groups["to1"] is { Success: true } t ? t.Value : to;
            ulong of = Dimension(Phrases[yes]).Mask;
            read.Add(new DecisionChange(moment, from, to), [.. cubes.Select(c => new Cube(c.Bits & ~Phrases[yes]))]);
            read.Add(
                new DecisionChange(moment, from1, to1),
                [.. cubes.Select(c => new Cube(c.Bits & ~(of & ~Phrases[yes])))]
            );
        }
        return read;
    }

    private static IEnumerable<Cube> Read(Clause clause, bool access)
    {
        string text = clause.Subject;
        ulong accesses = Inputs.Everything,
            more = 0,
            moreBits = 0;
        if (access)
        {
            var match = OfAccess.Match(text);
            accesses = Accesses(match.Groups["accesses"].Value);
            text = match.Groups["rest"].Value;
            if (match.Groups["if"].Success)
            {
                more = Accesses(match.Groups["more"].Value);
                moreBits = Conditions(match.Groups["if"].Value).Single();
            }
        }
        var memory = OfMemory.Match(text);
        Assert.That(memory.Success, text);
        ulong place = Memory(memory.Groups["memory"].Value);
        string rest = memory.Groups["rest"].Value;
        var alternatives =
            clause.Alternatives.Count == 0 ? [Inputs.Everything] : clause.Alternatives.SelectMany(Conditions).ToList();
        foreach (ulong common in Conditions(rest))
        {
            foreach (ulong alternative in alternatives)
            {
                ulong bits = common & alternative & place;
                yield return new Cube(bits & Only(Inputs.Access, accesses & ~more));
                if (more != 0)
                    yield return new Cube(bits & moreBits & Only(Inputs.Access, accesses & more));
            }
        }
    }

    private static ulong Accesses(string text)
    {
        if (text == "any access")
            return Inputs.Access.Mask;
        if (text.StartsWith("any access but ", StringComparison.Ordinal))
            return Named(
                string.Join(
                    ", ",
                    CaseSpace.Accesses.Select(CaseText.Word).Where(w => w != text["any access but ".Length..])
                )
            );
        return Named(text);
    }

    /// <summary>"read, exec (not after write), write after exec".</summary>
    private static ulong Named(string text)
    {
        ulong bits = 0;
        foreach (string word in text.Split(", "))
        {
            var match = Regex.Match(word, @"^(?<kind>\w+)(?: after (?<first>[\w ]+)| \(not after (?<not>[\w ]+)\))?$");
            Assert.That(match.Success, text);
            string kind = match.Groups["kind"].Value;
            string[] firsts = match.Groups["first"].Value.Split(" or ", StringSplitOptions.RemoveEmptyEntries);
            string[] not = match.Groups["not"].Value.Split(" or ", StringSplitOptions.RemoveEmptyEntries);
            foreach (string value in Inputs.Access.Values)
            {
                string[] pair = value.Split(" after ");
                bool said =
                    pair[0] == kind
                    && (
                        firsts.Length > 0
                            ? pair.Length > 1 && firsts.Contains(pair[1])
                            : pair.Length == 1 || !not.Contains(pair[1])
                    );
                bits |= said ? Inputs.Access.Bit(Inputs.Access.Values.ToList().IndexOf(value)) : 0;
            }
        }
        return bits;
    }

    private static ulong Memory(string text)
    {
        ulong bits = Inputs.Everything;
        var (words, held) = Places.FirstOrDefault(p => text.EndsWith(p.Words, StringComparison.Ordinal));
        if (words is not null)
        {
            bits &= Only(Inputs.Memory, held);
            text = text[..^words.Length];
        }
        if (text == "any memory")
            return bits;
        if (text.StartsWith("any memory but ", StringComparison.Ordinal))
            return bits & ~Backing(text["any memory but ".Length..]);
        Assert.That(text, Does.EndWith(" memory"));
        return bits
            & Only(
                Inputs.Backing,
                text[..^" memory".Length]
                    .Split([", ", " or "], StringSplitOptions.None)
                    .Aggregate(0ul, (b, w) => b | Backing(w))
            );
    }

    private static ulong Backing(string word) =>
        Inputs.Backing.Bit(Inputs.Backing.Values.ToList().IndexOf(word == "guest_memfd" ? "gmem" : word));

    /// <summary>One word of bits for each alternative of the host.</summary>
    private static IEnumerable<ulong> Conditions(string text)
    {
        const string OnCpu = "on a CPU ";
        int at = text.IndexOf(OnCpu, StringComparison.Ordinal);
        string hosts = at < 0 ? "" : text[(at + OnCpu.Length)..];
        ulong bits = Inputs.Everything;
        foreach (string phrase in (at < 0 ? text : text[..at]).Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            if (phrase.StartsWith("VMA type ", StringComparison.Ordinal))
                bits &= Values(Inputs.Type, phrase["VMA type ".Length..]);
            else if (phrase.StartsWith("size ", StringComparison.Ordinal))
                bits &= Values(Inputs.Size, phrase["size ".Length..]);
            else
                bits &= Only(Dimension(Phrases[phrase]), Phrases[phrase]);
        }
        return hosts.Length == 0
            ? [bits]
            : hosts.Split([", or ", " or "], StringSplitOptions.None).Select(h => bits & Host(h));
    }

    private static ulong Host(string text)
    {
        ulong bits = Inputs.Everything;
        bool with = true;
        foreach (string word in text.Split(' '))
        {
            if (word is "with" or "without")
                with = word == "with";
            else if (word != "and")
                bits &= Only(OfHost(word), OfHost(word).Bit(with ? 1 : 0));
        }
        return bits;

        static Dimension OfHost(string word) =>
            word switch
            {
                "FWB" => Inputs.HostFwb,
                "DIC" => Inputs.HostDic,
                _ => Inputs.HostMte,
            };
    }

    private static ulong Values(Dimension dimension, string text)
    {
        bool not = text.StartsWith("not ", StringComparison.Ordinal);
        ulong named = (not ? text[4..] : text)
            .Split(" or ")
            .Aggregate(0ul, (b, w) => b | dimension.Bit(dimension.Values.ToList().IndexOf(w)));
        return not ? ~named : Only(dimension, named);
    }

    private static ulong Only(Dimension dimension, ulong bits) => ~dimension.Mask | bits;

    private static Dimension Dimension(ulong bit) => Inputs.All.Single(d => (d.Mask & bit) != 0);
}
