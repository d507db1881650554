using Harness.Model;
using Harness.Reports.Html;

namespace Harness.Reports;

/// <summary>A case in words, for people who don't read keys.</summary>
public static class CaseSentence
{
    public static string Of(Case c) =>
        CaseWords.Sentence(
            new ReportedCase(c.Id, "", c.Key, CaseText.Readers.ToDictionary(r => r.Key, r => r.Value(c)))
        );
}
