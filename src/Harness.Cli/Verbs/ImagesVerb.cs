using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class ImagesVerb
{
    public static Command Create(VerbContext context)
    {
        var tracks = new Argument<string[]>("TRACK") { Description = "Kernel tracks of guest-images; all where none is given.", Arity = ArgumentArity.ZeroOrMore };
        var refresh = new Option<bool>("--refresh") { Description = "Look for newer packages instead of using what the cache has." };
        var build = new Command("build", "Downloads, builds and caches guest images.") { tracks, refresh }
            .WithExamples("images build", "images build 7.2 --refresh");
        build.SetAction((parsed, cancel) => context.Actions.BuildImages(
            new BuildImagesRequest(parsed.GetValue(tracks) ?? [], parsed.GetValue(refresh)), context.Console, cancel));
        var list = new Command("list", "Lists the tracks and what is built of them.").WithExamples("images list");
        list.SetAction((_, cancel) => context.Actions.ListImages(true, context.Console, cancel));
        return new Command("images", "Guest images of the hosts that the harness boots under QEMU.") { build, list }
            .WithExamples("images build", "images list");
    }
}
