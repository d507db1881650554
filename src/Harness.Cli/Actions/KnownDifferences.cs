using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Cli.Configuration;
using Harness.Model.Outcomes;
using Harness.Runs.Judging;
using Harness.Runs.Known;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class KnownDifferences
{
    /// <summary>The entries of a file with parsed filters.</summary>
    /// <exception cref="ConfigurationException">
    /// A filter is invalid, or matches no case: all such entries are reported.
    /// </exception>
    public static IReadOnlyList<KnownDifference> Of(KnownDifferencesConfiguration file, string path)
    {
        var entries = file.Differences.Select((entry, i) => new Entry(entry, path, $"differences[{i}]")).ToList();
        foreach (var entry in entries)
        {
            entry.Cases = entry.Filter(
                "cases",
                entry.Written.Cases,
                entry.Written.Side is null ? AllCases.FilterKeys : AllMigrations.FilterKeys
            );
            entry.Hosts = entry.Filter("hosts", entry.Written.Hosts, KnownDifference.HostKeys);
        }
        foreach (
            var entry in entries.Where(e =>
                e is { Cases: { } some, Written.Side: not null }
                && !AllMigrations.Migrations.Any(m => some.Accepts(AllMigrations.Attributes(m)))
            )
        )
            entry.Fault("cases", $"no migration fits '{entry.Written.Cases}' (harness migrate --list lists them)");
        foreach (
            var entry in entries.Where(e =>
                e is { Cases: { } some, Written.Side: null } && !CaseSelection.Of(some).Any()
            )
        )
            entry.Fault("cases", $"no case fits '{entry.Written.Cases}' (harness cases lists them)");
        foreach (var entry in entries)
        {
            if (entry.Observed.Fault is { } fault)
                entry.Fault("observed", fault);
            for (int i = 0; i < entry.Or.Count; i++)
                if (entry.Or[i].Fault is { } another)
                    entry.Fault($"or[{i}]", another);
        }
        ConfigurationFault[] faults = [.. entries.SelectMany(e => e.Faults)];
        return faults.Length == 0 ? [.. entries.Select(e => e.Read())] : throw new ConfigurationException(faults);
    }

    private sealed class Entry(KnownDifferenceConfiguration written, string path, string place)
    {
        public KnownDifferenceConfiguration Written { get; } = written;

        /// <summary>Null if it is invalid.</summary>
        public CaseFilter? Cases { get; set; }

        /// <summary>The same.</summary>
        public CaseFilter? Hosts { get; set; }

        public OutcomePattern Observed { get; } = Pattern(written.Observed);

        public IReadOnlyList<OutcomePattern> Or { get; } = [.. (written.Or ?? []).Select(Pattern)];

        private static OutcomePattern Pattern(ObservedConfiguration written) =>
            new()
            {
                Of = written.Of,
                Type = written.Type,
                Errno = written.Errno,
                Memory = written.Memory,
                Write = written.Write,
                Execute = written.Execute,
                Level = written.Level,
                Sees = written.Sees,
                Word = written.Word,
                Stage = written.Stage,
            };

        public List<ConfigurationFault> Faults { get; } = [];

        public void Fault(string member, string what) =>
            Faults.Add(new ConfigurationFault(path, 0, $"{place}.{member}", what));

        public CaseFilter? Filter(string member, string? text, IReadOnlyCollection<FilterKey> keys)
        {
            try
            {
                return CaseFilter.Parse(text, keys);
            }
            catch (FilterException e)
            {
                Fault(member, e.Message);
                return null;
            }
        }

        public KnownDifference Read() =>
            new(
                Written.Name,
                KnownDifferencesFile.Text(Written),
                Cases!,
                Hosts!,
                Written.Since,
                Written.Until,
                Enum.Parse<VerdictKind>(Written.Verdict.ToString()),
                Observed,
                Enum.Parse<Culprit>(Written.Culprit.ToString()),
                Written.Reason,
                Written.Link
            )
            {
                Or = Or,
                Side = Written.Side switch
                {
                    KnownSideChoice.Source => KnownSide.Source,
                    KnownSideChoice.Destination => KnownSide.Destination,
                    _ => null,
                },
            };
    }
}
