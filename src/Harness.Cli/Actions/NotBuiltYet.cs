namespace Harness.Cli.Actions;

/// <summary>Marks an action whose rooms are still being built.</summary>
internal static class NotBuiltYet
{
    public static Task<int> Refuse(string verb) => throw new UsageException($"'harness {verb}' is not built yet");
}
