using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Tests;

namespace Harness.Runs.Tests;

/// <summary>
/// The work for a case of the quick set, which does not depend on the machine: at most what tests/counted-work.txt
/// allows. What became less work deserves a lower number there.
/// </summary>
[NonParallelizable]
public sealed class CountedWorkTests
{
    /// <summary>Without its programs, which have many times the steps of other cases.</summary>
    private static readonly Case[] QuickSet = [.. AllCases.AttributeCases.Where(c => Cover.Keys.Contains(c.Key))];

    private static readonly Judge Judge = new(
        Mainline.V7_2,
        new HostProfile("7.2.0", new HostFacts(true, true), Seen.Abilities, new Decoding(true, null))
    );

    private static readonly IReadOnlyDictionary<string, double> Allowed = Limits()
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(l => l[0] != '#')
        .Select(l => l.Split(' ', 2))
        .ToDictionary(l => l[1], l => double.Parse(l[0], System.Globalization.CultureInfo.InvariantCulture));

    [Test]
    public void Steps() => AtMost("steps of the probe", Average(c => Seen.Compiled(c).Program.Steps.Count));

    [Test]
    public void System_calls_into_kvm() =>
        AtMost("steps that call KVM", Average(c => Seen.Compiled(c).Program.Steps.Count(IsKvm)));

    [Test]
    public void Bytes_of_requests() =>
        AtMost("bytes of a request", Average(c => Messages.Line(new Request(1, Seen.Compiled(c).Program)).Length));

    [Test]
    public void Bytes_of_replies() => AtMost("bytes of a reply", Average(c => ReplyTo(c).Length));

    [Test]
    public void Bytes_that_the_controller_allocates()
    {
        byte[][] replies = [.. QuickSet.Select(ReplyTo)];
        double least = double.MaxValue;
        // The first rounds also allocate what is made once; a collection or another thread only adds to a round.
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < QuickSet.Length; i++)
                Handle(QuickSet[i], replies[i]);
            least = Math.Min(least, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / QuickSet.Length);
        }
        AtMost("bytes that the controller allocates", least);
    }

    private static void Handle(Case c, byte[] reply)
    {
        var compiled = CaseCompiler.Compile(c, Seen.Abilities);
        Messages.Line(new Request(1, compiled.Program));
        Judge.Decide(compiled, Messages.ReadReply(reply).Observation!);
    }

    private static bool IsKvm(Step step) =>
        step
            is VmStep
                or MemslotStep
                or VcpuStep
                or RunStep
                or SetRegistersStep
                or GetRegistersStep
                or EnableCapabilityStep
                or GuestMemoryStep;

    /// <summary>Every step succeeded, and the guest reported at once.</summary>
    private static byte[] ReplyTo(Case c) =>
        Messages.Line(
            new Reply(
                1,
                Seen.Whole(
                    c,
                    [
                        .. Seen.Compiled(c)
                            .Program.Steps.Select(s => s is RunStep ? Seen.Report(0x100) : EmptyResult.Of(s, 0)),
                    ]
                )
            )
        );

    private static string Limits()
    {
        using var stream = typeof(CountedWorkTests).Assembly.GetManifestResourceStream("counted-work.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static double Average(Func<Case, int> count) => QuickSet.Average(count);

    private static void AtMost(string what, double count)
    {
        TestContext.Out.WriteLine($"{count:0.0} {what}");
        Assert.That(
            count,
            Is.LessThanOrEqualTo(Allowed[what]),
            $"{what}, for a case of the quick set: more than tests/counted-work.txt allows"
        );
    }
}
