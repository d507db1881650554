using Harness.Model;
using Harness.Reports.Exports;
using Harness.Runs;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Prints the signals of LAVA as verdicts arrive, and passes everything on.</summary>
internal sealed class LavaSignals(IRunWatcher next, TextWriter output) : IRunWatcher
{
    private readonly Lock _lock = new();

    public void Phase(string target, string what) => next.Phase(target, what);

    public void Host(string target, HostProfile profile, Policy policy) => next.Host(target, profile, policy);

    public void Verdict(string target, Case c, Verdict verdict)
    {
        next.Verdict(target, c, verdict);
        string signals = LavaSignal.Of(target, c.Id, Verdicts.Of(verdict.Kind).Word);
        lock (_lock)
        {
            output.Write(signals);
            output.Flush();
        }
    }
}
