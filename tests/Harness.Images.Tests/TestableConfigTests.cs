namespace Harness.Images.Tests;

public class TestableConfigTests
{
    private static readonly HashSet<string> Shipped =
    [
        .. File.ReadLines(Path.Combine(Sources.Committed, "kernel", "testable.config"))
            .Where(l => l.StartsWith("CONFIG_", StringComparison.Ordinal) && l.EndsWith("=y", StringComparison.Ordinal))
            .Select(l => l["CONFIG_".Length..^"=y".Length]),
    ];

    [Test]
    public void The_shipped_configuration_has_every_option_that_a_kernel_needs_to_boot()
    {
        Assert.That(LocalTree.Needed.Where(n => !Shipped.Contains(n)), Is.Empty);
    }

    [Test]
    public void The_shipped_configuration_has_every_option_that_something_can_be_tested_with()
    {
        Assert.That(KernelOptions.Useful.Where(o => !o.Names.Any(Shipped.Contains)).Select(o => o.Text), Is.Empty);
    }
}
