using Harness.Chaos;
using Harness.Chaos.Faults;

namespace Harness.EndToEnd;

public class FaultListTests
{
    [Test]
    public void The_document_has_every_kind_of_fault_and_what_must_come_out()
    {
        var table = new StringWriter();
        FaultList.Write(table, AllFaults.Table);
        Assert.That(
            File.ReadAllText(Path.Combine(Cli.Root, "docs", "faults.md")),
            Does.Contain(table.ToString()),
            "scripts/chaos --list prints the table"
        );
    }
}
