namespace Harness.Cli.Actions;

internal static class CheckTargetAction
{
    public static Task<int> ExecuteAsync(NamedTarget target, HarnessConsole console, CancellationToken cancel) => NotBuiltYet.Refuse("targets check");
}
