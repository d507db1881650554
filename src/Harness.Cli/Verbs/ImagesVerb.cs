using System.CommandLine;
using Harness.Cli.Actions;
using Harness.Images;

namespace Harness.Cli.Verbs;

internal static class ImagesVerb
{
    public static Command Create(VerbContext context)
    {
        var tracks = new Argument<string[]>("TRACK")
        {
            Description =
                "Kernel tracks of guest-images, or point releases (7.2@7.2.9); all tracks where none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var refresh = new Option<bool>("--refresh")
        {
            Description = "Look for newer packages instead of using the cache.",
        };
        var kernel = new Option<string?>("--kernel")
        {
            Description = "In place of a track, a kernel that you built: an arm64 Image or its tree.",
            HelpName = "PATH",
        };
        var modules = new Option<string?>("--kernel-modules")
        {
            Description = "The folder of that kernel's modules, if not in its tree.",
            HelpName = "DIR",
        };
        var headers = new Option<string?>("--kernel-headers")
        {
            Description = "What modules are built against, if not its tree.",
            HelpName = "DIR",
        };
        var build = new Command("build", "Downloads, builds and caches guest images.")
        {
            tracks,
            refresh,
            kernel,
            modules,
            headers,
        }.WithExamples(
            "images build",
            "images build 7.2 --refresh",
            "images build 7.2@7.2.9",
            "images build --kernel ~/linux"
        );
        build.SetAction(
            (parsed, cancel) =>
                context.Actions.BuildImages(
                    new BuildImagesRequest(
                        parsed.GetValue(tracks) ?? [],
                        parsed.GetValue(refresh),
                        LocalKernelOf(
                            context.Console.Directory,
                            parsed.GetValue(kernel),
                            parsed.GetValue(modules),
                            parsed.GetValue(headers)
                        )
                    ),
                    context.Console,
                    cancel
                )
        );
        var releases = new Option<bool>("--releases")
        {
            Description = "The kernels that the Debian archive has today, the oldest first.",
        };
        var list = new Command("list", "Lists the tracks and their built images.") { tracks, releases }.WithExamples(
            "images list",
            "images list 7.2 --releases"
        );
        list.SetAction(
            (parsed, cancel) =>
                context.Actions.ListImages(
                    new ListImagesRequest(parsed.GetValue(tracks) ?? [], parsed.GetValue(releases)),
                    context.Console,
                    cancel
                )
        );
        return new Command("images", "Guest images of the hosts that the harness boots under QEMU.")
        {
            build,
            list,
        }.WithExamples("images build", "images list");
    }

    internal static LocalKernel? LocalKernelOf(string directory, string? kernel, string? modules, string? headers)
    {
        if (kernel is null && (modules ?? headers) is not null)
            throw new UsageException("--kernel-modules and --kernel-headers go with --kernel");
        return kernel is null ? null : new LocalKernel(At(kernel)!, At(modules), At(headers));

        string? At(string? path) => path is null ? null : Path.GetFullPath(path, directory);
    }
}
