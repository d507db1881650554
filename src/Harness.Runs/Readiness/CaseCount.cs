namespace Harness.Runs.Readiness;

/// <summary>A number of cases: of the suite's, and of all.</summary>
public readonly record struct CaseCount(int Suite, int All)
{
    public static CaseCount operator +(CaseCount a, CaseCount b) => new(a.Suite + b.Suite, a.All + b.All);
}
