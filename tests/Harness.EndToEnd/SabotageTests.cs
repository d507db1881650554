using Harness.Sabotage;

namespace Harness.EndToEnd;

/// <summary>
/// A few of the wrong decisions that scripts/sabotage makes a kernel take: what the harness is for is that it notices.
/// </summary>
[Category("Qemu")]
public class SabotageTests
{
    private SabotagedHost _host = null!;

    [OneTimeSetUp]
    public async Task Start() =>
        _host = await SabotagedHost.StartAsync(
            Path.Combine(AppContext.BaseDirectory, "harness.dll"),
            new SabotageTarget("7.2", "max"),
            TestContext.Progress
        );

    [OneTimeTearDown]
    public async Task Stop() => await _host.DisposeAsync();

    [TestCase("log-pfnmap-accepted", "cover=yes & slot=log & backing=pfnmap")]
    [TestCase("device-is-nc", "cover=yes & memory=unknown & access=read & size=page")]
    [TestCase("write-added-logging", "cover=yes & slot=log & access=exec")]
    [TestCase("readonly-slot-writable", "cover=yes & slot=ro")]
    [TestCase("efault-is-einval", "cover=yes & backing=hole")]
    public async Task A_wrong_decision_is_noticed_and_its_rule_named(string name, string cases)
    {
        var decision = WrongDecision.Named(name);
        var log = new StringWriter();

        var measured = await new Measuring(_host, cases, wide: null, log).MeasureAsync(decision);

        Assert.That(measured.Outcome, Is.EqualTo(Outcome.Quick), log.ToString());
        Assert.That(measured.IsRight(decision.Rules), Is.True, log.ToString());
    }

    [Test]
    public async Task A_kernel_that_decides_rightly_with_the_module_loaded_is_as_predicted()
    {
        var run = await _host.RunAsync("cover=yes & memory=unknown & access=read");

        Assert.That(run.Rows, Is.Not.Empty, run.Ending.All);
        Assert.That(run.Unusual, Is.Empty, run.Ending.All);
    }

    [Test]
    public async Task The_module_has_the_wrong_decisions_of_the_file_each_in_its_function()
    {
        var known = await _host.ListAsync();

        Assert.That(known, Is.EquivalentTo(WrongDecision.All.ToDictionary(d => d.Name, d => d.Function)));
    }
}
