using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Reports.Html;

namespace Harness.Reports;

/// <summary>A case in words, for people who don't read keys.</summary>
public static class CaseSentence
{
    public static string Of(Case c)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var dimension in CaseDimensions.Attributes)
            attributes.Add(dimension.Name, dimension.Read(c));
        return CaseWords.Sentence(new ReportedCase(c.Id, "", c.Key, attributes));
    }
}
