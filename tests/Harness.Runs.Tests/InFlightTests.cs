using Harness.Protocol;
using Harness.Runs.Dispatch;

namespace Harness.Runs.Tests;

public class InFlightTests
{
    [TestCase("..A.", "0 1 2 3", 4, "0 1")]
    [TestCase("A...", "0 1 2", 4, "0")]
    [TestCase("....", "3 1 2", 2, "1 2")]
    [TestCase("....", "", 4, "")]
    public void Only_the_first_programs_were_running_and_one_that_runs_alone_by_itself(
        string programs,
        string sent,
        int most,
        string running
    )
    {
        ProbeProgram[] all = [.. programs.Select(p => new ProbeProgram("c", 1, [], p == 'A'))];
        int[] numbers = [.. sent.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

        Assert.That(string.Join(' ', InFlight.Running(numbers, all, most)), Is.EqualTo(running));
    }
}
