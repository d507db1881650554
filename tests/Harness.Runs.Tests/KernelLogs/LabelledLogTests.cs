using Harness.KernelLogMeasurement;

namespace Harness.Runs.Tests.KernelLogs;

/// <summary>
/// Logs that were labelled by others, where this machine has them: they are not in the repository. scripts/bench/run
/// kernel-logs prints the same figures, and lists what differs.
/// </summary>
public class LabelledLogTests
{
    private IReadOnlyList<KernelLogMeasure> _measured = [];

    [OneTimeSetUp]
    public void Read()
    {
        if (LabelledLogs.Find() is not { } archive)
        {
            Assert.Ignore(
                $"no labelled logs here: {LabelledLogs.Variable} names an archive of syzkaller's pkg/report/testdata/linux/report"
            );
            return;
        }
        _measured = [.. LabelledLogs.Read(archive).Select(KernelLogMeasure.Of)];
    }

    [Test]
    public void Almost_all_reports_are_found()
    {
        Assert.That(_measured.Count(m => m.HasReport), Is.GreaterThan(600), "the archive was read");
        Assert.That(
            Share(m => m.HasReport ? m.IsFound : null),
            Is.AtLeast(0.99),
            Differing(m => m.HasReport && !m.IsFound)
        );
    }

    [Test]
    public void No_report_is_found_where_there_is_none()
    {
        Assert.That(_measured.Count(m => m.Labelled.Title is null && m.Labelled.Type is null), Is.GreaterThan(30));
        Assert.That(_measured.Where(m => m.IsFalse).Select(m => $"{m.Labelled.Name}: {m.Report!.Title}"), Is.Empty);
    }

    [Test]
    public void Kinds_are_those_of_the_labels() =>
        Assert.That(Share(m => m.IsKindEqual), Is.AtLeast(0.99), Differing(m => m.IsKindEqual == false));

    [Test]
    public void Reports_of_arm64_are_all_found_with_their_kinds()
    {
        var arm64 = _measured.Where(m => m.Labelled.IsArm64 && m.HasReport).ToList();

        Assert.That(arm64, Has.Count.GreaterThan(30));
        Assert.That(
            arm64.Where(m => !m.IsFound || m.IsKindEqual == false).Select(m => $"{m.Labelled.Name}: {m.Report?.Title}"),
            Is.Empty
        );
    }

    /// <summary>Some labels name another function: an outer one, or one of a list of entry points.</summary>
    [Test]
    public void Most_titles_are_those_of_the_labels() => Assert.That(Share(m => m.IsTitleEqual), Is.AtLeast(0.85));

    private double Share(Func<KernelLogMeasure, bool?> which)
    {
        var known = _measured.Select(which).OfType<bool>().ToList();
        return (double)known.Count(k => k) / known.Count;
    }

    private string Differing(Func<KernelLogMeasure, bool> which) =>
        string.Join(
            '\n',
            _measured.Where(which).Select(m => $"{m.Labelled.Name}: {m.Labelled.Title} / {m.Report?.Title}")
        );
}
