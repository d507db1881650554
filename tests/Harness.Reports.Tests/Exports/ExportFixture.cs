using Harness.Store;

namespace Harness.Reports.Tests.Exports;

/// <summary>A run with every verdict, difficult texts, a host that never responded and one without cases.</summary>
public abstract class ExportFixture : NightsFixture
{
    /// <summary>
    /// What a host's text may contain: markup, quotes, hashes, control characters, formulas, line breaks, and a
    /// character that XML 1.0 lacks.
    /// </summary>
    protected const string Nasty =
        "=1+1 <b>&amp; ]]> \"q\" 'a', # SKIP \u001b[31m \u0000 \r\nnot ok 1 \uffff é \U0001F600";

    private protected RunSummary Run { get; private set; } = null!;

    [SetUp]
    public async Task StoreARun() =>
        Run = await Nights.AddAsync(
            new NightHost(
                "7.2/max/vhe",
                Verdicts
                    .All.Select((v, i) => (Id: $"c{i}", Said: (Said)v))
                    .ToDictionary(
                        c => c.Id,
                        c =>
                            c.Said with
                            {
                                Reason = c.Said.Verdict == Verdicts.Match ? null : Nasty,
                                Observed = c.Said.Observed is null ? null : Nasty,
                            }
                    )
            )
            {
                Known =
                [
                    new KnownDifferenceRecord(
                        "entry-1",
                        """{"name":"entry-1"}""",
                        Culprits.Kernel,
                        "a reason " + Nasty,
                        "https://lore.example.org/a b",
                        false,
                        3,
                        1
                    ),
                    new KnownDifferenceRecord(
                        "entry-2",
                        """{"name":"entry-2"}""",
                        Culprits.Platform,
                        "another",
                        "not a link",
                        false,
                        2,
                        0
                    ),
                ],
            },
            NightHost.Of("good", "match", "match", "erratum"),
            NightHost.Of("skipped", "skip", "outside-model"),
            NightHost.Of("lost", "match", "match") with
            {
                Lost = "no route to host # really",
            },
            NightHost.Of("idle")
        );

    /// <summary>Exports into a file, as the command does.</summary>
    private protected string Export(string name, Action<TextWriter> write)
    {
        string path = Path.Combine(Directory, name);
        using var file = new StreamWriter(path, false, new System.Text.UTF8Encoding(false)) { NewLine = "\r\n" };
        write(file);
        return path;
    }

    private protected IEnumerable<ResultRow> Rows => Nights.Store.Results(Run.Run.Id);
}
