using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;

namespace Harness.Reproducers.Tests;

/// <summary>Cases and programs for reproducers.</summary>
internal static class Sample
{
    public static Policy Policy { get; } = PolicyCatalog.Find("mainline-7.2")!;

    /// <summary>A host with every memory provider.</summary>
    public static ProbeAbilities Able { get; } =
        new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true)
        {
            Providers = new ProviderAbilities
            {
                Pci = Pci,
                TemporaryFolder = "/var/tmp",
                Dax = new DaxMemory(64 << 20),
            },
        };

    private static PciMemory Pci => new("0000:00:10.0", 2, 0x80_0000_0000, 64 << 20, "3");

    /// <summary>
    /// A small set of cases that covers everything: each family, backing, provider, op with its words, change and guest
    /// operation.
    /// </summary>
    public static IReadOnlyList<Case> Covering { get; } = Cover();

    public static ReproducerSource Source(Case c, ProbeAbilities? host = null, params HostFacts[] hosts) =>
        new(
            CaseCompiler.Compile(c, host ?? Able),
            [
                .. (hosts is [] ? [new(true, true), new(false, false)] : hosts).Select(h => new Expectation(
                    $"on a CPU with {h.Features}",
                    h,
                    Policy.Predict(h, c)
                )),
            ]
        )
        {
            Pci = Pci,
        };

    /// <summary>A program that no case has.</summary>
    public static ReproducerSource Of(ProbeProgram program)
    {
        var source = Source(Covering[0]);
        return source with { Compiled = source.Compiled with { Program = program } };
    }

    public static string Text(Case c, ProbeAbilities? host = null, params HostFacts[] hosts) =>
        Reproducer.Text(Source(c, host, hosts));

    private static IEnumerable<string> Features(AttributeCase c) =>
        [
            $"placement {c.Placement}",
            $"extent {c.Extent} by {CaseText.Word(c.Backing.Provider)}",
            $"late {c.Late} {c.Backing.Kind}",
            $"change {c.Change?.Kind}",
            $"operation {(c as GuestCase)?.Use.Operation}",
            $"stage 1 {(c as GuestCase)?.StageOne}",
            $"beside {c.Beside?.Backing.Kind} {c.Beside?.First}",
            .. c.Accesses.Span.ToArray().Select(a => $"access {a}"),
        ];

    /// <summary>Features that distinguish the C of one case from another's.</summary>
    public static IEnumerable<string> Features(Case c)
    {
        yield return $"family {AllCases.FamilyOf(c)}";
        yield return $"backing {CaseText.Word(c.Backing)}";
        yield return $"family {AllCases.FamilyOf(c)} of {CaseText.Word(c.Backing.Kind)} by {CaseText.Word(c.Backing.Provider)}";
        foreach (string feature in c is AttributeCase attributes ? Features(attributes) : [])
            yield return feature;
        foreach (var step in CaseCompiler.Compile(c, Able).Program.Steps)
        {
            yield return $"op {step.Op}";
            yield return $"op {step.Op} on error {step.OnError}";
            foreach (
                string argument in (string[])
                    ["Over", "Fd", "Flags", "Advice", "Insert", "Shared", "Write", "Mode", "Huge", "SealShrink"]
            )
                if (step.GetType().GetProperty(argument) is { } property)
                    yield return $"op {step.Op} {argument}={property.GetValue(step)}";
        }
    }

    private static List<Case> Cover()
    {
        // Every case of the families, and in the input space each backing, with all other dimensions.
        var features = AllCases
            .Families.SelectMany(f => f.Cases)
            .Concat(CaseSpace.Buildable.DistinctBy(c => c.Backing))
            .Concat(
                CaseSpace.Buildable.DistinctBy(c => (c.Backing.Kind, c.Slot, c.Extent, c.Late, c.Mte, c.VmaWritable))
            )
            .Select(c => (Case: c, Features: Features(c).Distinct().ToArray()))
            .DistinctBy(c => string.Join(';', c.Features))
            .ToList();
        var left = features.SelectMany(f => f.Features).ToHashSet();
        var chosen = new List<Case>();
        while (left.Count > 0)
        {
            var best = features.MaxBy(f => f.Features.Count(left.Contains));
            chosen.Add(best.Case);
            left.ExceptWith(best.Features);
        }
        return chosen;
    }
}
