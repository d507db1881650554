using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>
/// Programs of other test suites that ran beside the cases which assert the same; nothing where none did.
/// </summary>
internal sealed class PeersSection(IReadOnlyList<PeerRow> rows)
{
    public const string Id = "peers";

    public void Write(HtmlWriter html) =>
        TableSection.Write(
            html,
            Id,
            "Programs of other suites",
            $"The kernel's own selftests on these hosts, beside the cases that assert the same: {PeerWords.Total(rows)}. No verdict depends on them.",
            ["program", "on", "ended", "our cases", "compared"],
            rows,
            Row
        );

    private static void Row(HtmlWriter html, PeerRow row)
    {
        using (html.Open("tr"))
        {
            using (html.Open("td"))
            {
                html.Element("b", row.Plan.Name);
                if (row.Record?.Source is { } source)
                    html.Text(" ").Element("span", $"of {source}", ("class", "soft"));
            }
            html.Element("td", row.Target);
            if (row.Record is not { } peer)
            {
                html.Element("td", PeerStates.Planned, ("colspan", "3"));
                return;
            }
            Said(html, peer.Outcome, [peer.Reason, .. peer.KernelReports]);
            html.Element("td", PeerWords.Ours(peer));
            Said(html, PeerWords.Relation(peer.Relation), [peer.Explanation]);
        }
    }

    private static void Said(HtmlWriter html, string word, IEnumerable<string?> why)
    {
        using (html.Open("td"))
        {
            html.Element("b", word);
            foreach (string reason in why.OfType<string>())
                html.Text(" ").Element("span", reason, ("class", "soft"));
        }
    }
}
