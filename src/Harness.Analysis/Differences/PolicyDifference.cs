using System.Runtime.InteropServices;
using Harness.Cases;
using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>One change, and where it happens.</summary>
/// <param name="Change">What.</param>
/// <param name="Points">How many points have it.</param>
/// <param name="Cubes">
/// All of them, and none of the other relevant points: a change at registration is described among all points, one at
/// an access among those where either policy reaches that access.
/// </param>
public sealed record DescribedChange(DecisionChange Change, int Points, IReadOnlyList<Cube> Cubes);

/// <summary>All differences between two policies.</summary>
/// <param name="A">The first.</param>
/// <param name="B">The second.</param>
/// <param name="Points">
/// How many points were walked: every buildable case on every host of <see cref="HostFacts.All"/>.
/// </param>
/// <param name="Changes">The different decisions: registration first, then by number of points.</param>
/// <param name="Capabilities">The different values of capabilities.</param>
/// <param name="Rules">The different rules; they may differ although all decisions are the same.</param>
public sealed record PolicyDifference(
    Policy A,
    Policy B,
    int Points,
    IReadOnlyList<DescribedChange> Changes,
    IReadOnlyList<CapabilityDifference> Capabilities,
    IReadOnlyList<RuleDifference> Rules
)
{
    /// <summary>How many points are decided differently.</summary>
    public int Differing => Changes.Sum(c => c.Points);

    public static PolicyDifference Between(Policy a, Policy b) => Between(DecisionMap.Of(a), DecisionMap.Of(b));

    public static PolicyDifference Between(DecisionMap a, DecisionMap b) =>
        new(
            a.Policy,
            b.Policy,
            DecisionMap.Points,
            new Comparison(a, b).Describe(),
            CapabilityDifference.Between(a.Policy, b.Policy),
            RuleDifference.Between(a.Policy, b.Policy)
        );

    /// <summary>One walk of two maps.</summary>
    private sealed class Comparison(DecisionMap a, DecisionMap b)
    {
        /// <summary>Labels of points at which nothing changes.</summary>
        private const int Same = 0;

        /// <summary>Neither policy reaches the access, so it doesn't matter.</summary>
        private const int NeverHappens = -1;

        /// <summary>
        /// The second access of a case with a difference in the first; that is reported for the first.
        /// </summary>
        private const int AlreadyTold = -2;

        /// <summary>
        /// What a change often doesn't depend on: omitted from the start, so that there are fewer points.
        /// </summary>
        private static readonly Dimension[] OftenIdle =
        [
            Inputs.InitShared,
            Inputs.Size,
            Inputs.Mmap,
            Inputs.Bound,
            Inputs.AnyUncached,
            Inputs.Vma,
            Inputs.Sharing,
            Inputs.ReadOnly,
            Inputs.HostMte,
            Inputs.Mte,
            Inputs.Log,
            Inputs.HostDic,
            Inputs.HostFwb,
            Inputs.Late,
        ];

        private readonly List<DecisionChange> _changes = [];
        private readonly List<int> _counts = [];

        public IReadOnlyList<DescribedChange> Describe()
        {
            short[] labels = Labelled();
            ulong[] idle = Idle(labels);
            return
            [
                .. _changes
                    .Select(
                        (change, i) =>
                            new DescribedChange(change, _counts[i], CubesOf(change, i + 1, labels, idle[i + 1]))
                    )
                    .OrderBy(c => c.Change.Moment)
                    .ThenByDescending(c => c.Points)
                    .ThenBy(c => c.Change.ToString(), StringComparer.Ordinal),
            ];
        }

        private static IReadOnlyList<Cube> CubesOf(DecisionChange change, int label, short[] labels, ulong idle)
        {
            ulong[] points = Inputs.Points;
            var on = new HashSet<ulong>();
            var off = new HashSet<ulong>();
            for (int i = 0; i < labels.Length; i++)
            {
                if (labels[i] == label)
                    on.Add(points[i] & ~idle);
                else if (labels[i] >= Same || change.Moment == DecisionPoint.Registration)
                    off.Add(points[i] & ~idle);
            }
            // Each dimension may be irrelevant alone and still not all of them together: then one must stay.
            return on.Overlaps(off)
                ? CubesOf(change, label, labels, idle & ~OftenIdle.Last(d => (idle & d.Mask) != 0).Mask)
                : Cover.Of(on, off);
        }

        /// <summary>For each point, the change it has, counted from 1, or one of the labels above.</summary>
        private short[] Labelled()
        {
            var cases = CaseSpace.Buildable;
            var known = new (int First, int Label, int Second)?[a.Distinct.Count * b.Distinct.Count];
            var labels = new short[DecisionMap.Points];
            var ofA = a.At;
            var ofB = b.At;
            for (int point = 0; point < labels.Length; point++)
            {
                int accesses = cases[point / HostFacts.All.Count].Accesses.Count;
                var (access, change, count) = known[ofA[point] * b.Distinct.Count + ofB[point]] ??= Compare(
                    a.Distinct[ofA[point]],
                    b.Distinct[ofB[point]]
                );
                if (change > 0)
                    CollectionsMarshal.AsSpan(_counts)[change - 1]++;
                labels[point] = (short)(
                    change == 0 ? (count < accesses ? NeverHappens : Same)
                    : access < accesses - 1 && _changes[change - 1].Moment == DecisionPoint.Access ? AlreadyTold
                    : change
                );
            }
            return labels;
        }

        private (int Access, int Change, int Count) Compare(Decision a, Decision b)
        {
            if (DecisionChange.Between(a, b, out int access) is not { } change)
                return (access, 0, a.Count);
            int index = _changes.IndexOf(change);
            if (index < 0)
            {
                index = _changes.Count;
                _changes.Add(change);
                _counts.Add(0);
            }
            return (access, index + 1, 0);
        }

        /// <summary>For each label, the dimensions that its points don't depend on.</summary>
        private ulong[] Idle(short[] labels)
        {
            ulong[] idle = new ulong[_changes.Count + 1];
            foreach (var dimension in OftenIdle)
            {
                bool[] matters = new bool[idle.Length];
                int[] alike = Inputs.Alike(dimension.Mask);
                for (int point = 0; point < labels.Length; point++)
                {
                    int one = labels[point];
                    int other = labels[alike[point]];
                    if (one != other)
                        matters[Math.Max(one, 0)] = matters[Math.Max(other, 0)] = true;
                }
                for (int label = 0; label < idle.Length; label++)
                    idle[label] |= matters[label] ? 0 : dimension.Mask;
            }
            return idle;
        }
    }
}
