namespace Harness.Cli.Actions;

internal static class ExplainAction
{
    public static Task<int> ExecuteAsync(ExplainRequest request, HarnessConsole console, CancellationToken cancel) => NotBuiltYet.Refuse("explain");
}
