using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Configuration;
using Harness.Runs.Judging;
using Harness.Runs.Known;

namespace Harness.Cli.Actions;

internal static class KnownDifferences
{
    /// <summary>The entries of a file with their filters read.</summary>
    /// <exception cref="ConfigurationException">A filter can't be read, or fits no case: all such entries are named.</exception>
    public static IReadOnlyList<KnownDifference> Of(KnownDifferencesConfiguration file, string path)
    {
        var faults = new List<ConfigurationFault>();
        var caseKeys = AllCases.Attributes(AllCases.Cases[0]).Keys.ToList();
        var known = new List<KnownDifference>();
        for (int i = 0; i < file.Differences.Count; i++)
        {
            var entry = file.Differences[i];
            var cases = Filter(entry.Cases, caseKeys, "cases");
            var hosts = Filter(entry.Hosts, KnownDifference.HostKeys, "hosts");
            if (cases is not null && !AllCases.Cases.Any(c => cases.Accepts(AllCases.Attributes(c))))
                faults.Add(new ConfigurationFault(path, 0, $"differences[{i}].cases", $"no case fits '{entry.Cases}' (harness cases lists them)"));
            if (cases is null || hosts is null)
                continue;
            known.Add(new KnownDifference(entry.Name, KnownDifferencesFile.Text(entry), cases, hosts, entry.Since, entry.Until,
                Enum.Parse<VerdictKind>(entry.Verdict.ToString()), entry.Observed, Enum.Parse<Culprit>(entry.Culprit.ToString()),
                entry.Reason, entry.Link));

            CaseFilter? Filter(string? text, IReadOnlyCollection<string> keys, string member)
            {
                try
                {
                    return CaseFilter.Parse(text, keys);
                }
                catch (FilterException e)
                {
                    faults.Add(new ConfigurationFault(path, 0, $"differences[{i}].{member}", e.Message));
                    return null;
                }
            }
        }
        return faults.Count == 0 ? known : throw new ConfigurationException(faults);
    }
}
