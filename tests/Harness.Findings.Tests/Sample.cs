namespace Harness.Findings.Tests;

/// <summary>A file of a finding, as a whole or with one thing changed.</summary>
internal static class Sample
{
    public static readonly string Text = """
        ---
        title: A store takes away X
        affected:
          - first: "6.19"
            fixed: "7.2"
        property: none
        evidence: [pte]
        upstream: not reported
        hosts: dic=no
        targets: [6.19/a76/vhe]
        cases:
          - id: bc97a48a8257
            seen:
              - { of: exec, execute: true }
              - { of: write, execute: false }
        ---

        ## What happens

        X goes.

        ## Where

        There.

        ## What it means

        An exit.
        """;

    public static Finding Read() => Read(Text);

    public static Finding With(string old, string @new) => Read(Changed(old, @new));

    public static string Changed(string old, string @new)
    {
        Assert.That(Text, Does.Contain(old));
        return Text.Replace(old, @new, StringComparison.Ordinal);
    }

    private static Finding Read(string text) => FindingFiles.Read([("findings/sample.md", text)], Beside)[0];

    /// <summary>The files beside it.</summary>
    public static string? Beside(string name) => name == "sample.c" ? "int main(void);" : null;
}
