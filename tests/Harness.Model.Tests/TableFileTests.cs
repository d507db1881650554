using Harness.Model.Tests.Tables;

namespace Harness.Model.Tests;

public class TableFileTests
{
    private const string Head = "generation mainline-9.9\nkernel 9.9.1\n";

    [TestCase("kernel 9.9.1\ntable t\n a | r | where\n - | yes | f.c:1 f()", "generation and kernel must be said")]
    [TestCase(Head + "mode fast", "line 3: 'mode fast' stands before the first table")]
    [TestCase(Head + "table t\ntable t", "line 4: table t is there twice")]
    [TestCase(Head + "table t\n fwb | r | where", "table t is missing, or has no rows")]
    [TestCase(Head + "table t\n fwb | r\n - | yes | f.c:1 f()", "line 4: a table's first line is: columns | result |")]
    [TestCase(
        Head + "table t\n weather | r | where\n - | yes | f.c:1 f()",
        "line 4: table t can't have a column 'weather'"
    )]
    [TestCase(Head + "table t\n fwb fwb | r | where\n - - | yes | f.c:1 f()", "line 4: column 'fwb' is there twice")]
    [TestCase(Head + "table t\n fwb dic | r | where\n - | yes | f.c:1 f()", "line 5: 1 cells for 2 columns")]
    [TestCase(
        Head + "table t\n fwb | r | where\n maybe | yes | f.c:1 f()",
        "line 5: 'maybe' is no value of fwb: no, yes"
    )]
    [TestCase(
        Head + "table t\n fwb | r | where\n !no,yes | yes | f.c:1 f()",
        "line 5: '!no,yes' admits no value of fwb"
    )]
    [TestCase(
        Head + "table t\n fwb | r | where\n - | perhaps | f.c:1 f()",
        "line 5: 'perhaps' is no result of table t"
    )]
    [TestCase(Head + "table t\n fwb | r | where\n - | yes |", "line 5: a row is: cells | result |")]
    [TestCase(
        Head + "table t\n fwb | r | where\n - | yes | I think so",
        "line 5: 'I think so' names no function of the kernel"
    )]
    public void A_malformed_table_is_refused_with_its_line(string text, string message)
    {
        Assert.That(() => Table(text), Throws.TypeOf<TableException>().With.Message.Contains(message));
    }

    [Test]
    public void A_table_that_nothing_knows_is_refused()
    {
        var file = TableFile.Read(
            "x.table",
            (Head + "table riddle\n fwb | r | where\n - | yes | f.c:1 f()").Split('\n')
        );

        Assert.That(
            file.EndOfTables,
            Throws.TypeOf<TableException>().With.Message.EqualTo("x.table: nothing knows a table 'riddle'")
        );
    }

    [Test]
    public void The_first_row_that_admits_the_inputs_decides_and_one_that_never_does_is_known()
    {
        var table = Table(
            Head
                + "table t\n fwb dic | r | where\n yes - | yes | f.c:1 f()\n - !yes | no | f.c:2 f()\n yes yes | no | f.c:3 f()"
        );

        Assert.Multiple(() =>
        {
            Assert.That(table.Decide(Inputs.Of(new HostFacts(Fwb: true, Dic: true))).Source, Is.EqualTo("f.c:1 f()"));
            Assert.That(table.Decide(Inputs.Of(new HostFacts(Fwb: false, Dic: false))).Source, Is.EqualTo("f.c:2 f()"));
            Assert.That(table.Rows.Select(r => r.Used), Is.EqualTo(new[] { true, true, false }));
        });
    }

    [Test]
    public void Inputs_that_no_row_admits_are_named()
    {
        var table = Table(Head + "table t\n fwb dic | r | where\n yes - | yes | f.c:1 f()");

        Assert.That(
            () => table.Decide(Inputs.Of(new HostFacts(Fwb: false, Dic: true))),
            Throws
                .TypeOf<TableException>()
                .With.Message.EqualTo("mainline-9.9 t: no row for fwb=no, dic=yes, hostmte=no")
        );
    }

    private static DecisionTable<bool> Table(string text) =>
        TableFile
            .Read("x.table", text.Split('\n'))
            .Table<bool>("t", Inputs.OfCases, w => w switch
                {
                    "yes" => true,
                    "no" => false,
                    _ => null,
                });
}
