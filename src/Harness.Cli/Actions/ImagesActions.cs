namespace Harness.Cli.Actions;

internal static class ImagesActions
{
    public static Task<int> BuildAsync(BuildImagesRequest request, HarnessConsole console, CancellationToken cancel) => NotBuiltYet.Refuse("images build");

    public static Task<int> ListAsync(bool _, HarnessConsole console, CancellationToken cancel) => NotBuiltYet.Refuse("images list");
}
