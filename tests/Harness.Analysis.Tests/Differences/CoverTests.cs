using Harness.Analysis.Differences;

namespace Harness.Analysis.Tests.Differences;

public class CoverTests
{
    private static readonly Dimension[] Few =
    [
        Inputs.Type,
        Inputs.Sharing,
        Inputs.Late,
        Inputs.HostFwb,
        Inputs.HostDic,
    ];

    private static readonly ulong[] Space = [.. Product(Few)];

    [Test]
    public void Minimize_drops_irrelevant_dimensions()
    {
        var cubes = Of(p => In(p, Inputs.Type, 0) && In(p, Inputs.HostFwb, 1));

        Assert.That(cubes, Has.Count.EqualTo(1));
        Assert.That(cubes[0].Restricted, Is.EqualTo(new[] { Inputs.Type, Inputs.HostFwb }));
        Assert.That(cubes[0].Values(Inputs.Type), Is.EqualTo(new[] { "wb" }));
    }

    [Test]
    public void A_complement_is_one_cube_and_says_what_is_excluded()
    {
        var cubes = Of(p => !In(p, Inputs.Type, 0));

        Assert.That(cubes, Has.Count.EqualTo(1));
        Assert.That(CubeText.Conditions(cubes[0]), Is.EqualTo(new[] { "VMA type not wb" }));
    }

    [Test]
    public void Cover_of_full_space_is_one_cube_and_of_empty_space_is_empty()
    {
        Assert.That(Cover.Of(Space, []), Is.EqualTo(new[] { Cube.Everything }));
        Assert.That(Cover.Of([], Space), Is.Empty);
    }

    [Test]
    public void A_disjunction_takes_two_overlapping_cubes_and_an_exclusive_one_two_that_do_not()
    {
        var either = Of(p => !In(p, Inputs.HostFwb, 1) || !In(p, Inputs.HostDic, 1));
        var odd = Of(p => In(p, Inputs.HostFwb, 1) != In(p, Inputs.HostDic, 1));

        Assert.That(CubeText.Hosts(either), Is.EqualTo("without FWB or without DIC"));
        Assert.That(CubeText.Hosts(odd), Is.EqualTo("with DIC and without FWB, or with FWB and without DIC"));
    }

    [Test]
    public void A_point_that_is_on_neither_side_serves_where_it_makes_the_description_shorter()
    {
        var on = Space.Where(p => In(p, Inputs.Type, 0) && In(p, Inputs.Late, 1)).ToList();
        var off = Space.Where(p => !In(p, Inputs.Type, 0)).ToList();

        Assert.That(Cover.Of(on, off).Single().Restricted, Is.EqualTo(new[] { Inputs.Type }));
    }

    [Test]
    public void Overlapping_cubes_are_described_by_their_remainder()
    {
        var cubes = Of(p => In(p, Inputs.Type, 0) || In(p, Inputs.Type, 1) && In(p, Inputs.Late, 1));

        Assert.That(
            cubes.Select(c => string.Join("; ", CubeText.Conditions(c))),
            Is.EquivalentTo(new[] { "VMA type wb", "VMA type nc; put in place after registration" })
        );
    }

    [Test]
    public void Whatever_the_set_it_is_covered_and_nothing_else_and_no_cube_is_superfluous()
    {
        var random = new Random(20250717);
        for (int round = 0; round < 200; round++)
        {
            var sides = Space.ToDictionary(p => p, _ => random.Next(round % 4 + 2));
            var on = sides.Where(p => p.Value == 0).Select(p => p.Key).ToList();
            var off = sides.Where(p => p.Value == 1).Select(p => p.Key).ToList();

            var cubes = Cover.Of(on, off);

            Assert.That(on.Where(p => !cubes.Any(c => c.Contains(p))), Is.Empty, "not covered");
            Assert.That(off.Where(p => cubes.Any(c => c.Contains(p))), Is.Empty, "covered wrongly");
            foreach (var cube in cubes)
                Assert.That(on.Any(p => cubes.Count(c => c.Contains(p)) == 1 && cube.Contains(p)), "superfluous");
        }
    }

    private static IReadOnlyList<Cube> Of(Func<ulong, bool> wanted) =>
        Cover.Of([.. Space.Where(wanted)], [.. Space.Where(p => !wanted(p))]);

    private static bool In(ulong point, Dimension dimension, int value) => (point & dimension.Bit(value)) != 0;

    private static IEnumerable<ulong> Product(IEnumerable<Dimension> dimensions) =>
        dimensions.Aggregate((IEnumerable<ulong>)[0ul], (points, d) =>
            points.SelectMany(p => Enumerable.Range(0, d.Values.Count).Select(v => p | d.Bit(v)))
        );
}
