namespace Harness.Cli.Actions;

internal static class EvidenceAction
{
    public static Task<int> ExecuteAsync(EvidenceRequest request, HarnessConsole console, CancellationToken cancel) => throw new NotImplementedException();
}
