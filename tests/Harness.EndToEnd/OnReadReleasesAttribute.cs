using Harness.Images;
using Harness.Model.Policies;
using Harness.Model.Releases;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Commands;

namespace Harness.EndToEnd;

/// <summary>
/// A test that compares booted kernels with a policy. The archive may have a newer release that has not been read: then
/// a failure is shown, but counts as skipped, since it is neither the kernel's nor this project's fault. On releases
/// that were read it fails like any test.
/// </summary>
/// <param name="tracks">The tracks with the kernels under test.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnReadReleasesAttribute(params string[] tracks) : NUnitAttribute, IWrapTestMethod
{
    public TestCommand Wrap(TestCommand command) => new Command(command, tracks);

    /// <summary>How far the release of a track's image is known; null if there is no image.</summary>
    public static PolicyChoice? ChoiceOf(string track)
    {
        var store = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        if (store.Find(track) is not { } image)
            return null;
        // If uname -r has no point release, the package's version has it.
        string version = image
            .Packages.First(p =>
                p.StartsWith("linux-image-", StringComparison.Ordinal)
                || p.StartsWith("linux-binary-", StringComparison.Ordinal)
            )
            .Split('=')[1];
        return ReleaseCatalog.Choose(image.KernelRelease, $"#1 SMP Debian {version} ");
    }

    private sealed class Command(TestCommand inner, IReadOnlyList<string> tracks) : DelegatingTestCommand(inner)
    {
        public override TestResult Execute(TestExecutionContext context)
        {
            TestResult result;
            try
            {
                result = innerCommand.Execute(context);
            }
            // A failed assertion is an exception here: NUnit records it only outside of the wrapped commands.
            catch (Exception e)
            {
                result = context.CurrentResult ??= context.CurrentTest.MakeTestResult();
                result.RecordException(e);
            }
            if (result.ResultState.Status != TestStatus.Failed)
                return result;
            string[] unread =
            [
                .. tracks
                    .Select(ChoiceOf)
                    .Where(c => c is { Unverified: true })
                    .Select(c => $"{c!.Reason} (the nearest is {c.Nearest})"),
            ];
            if (unread.Length == 0)
                return result;
            TestContext.Progress.WriteLine(
                $"{context.CurrentTest.FullName}: on a release that has not been read: {result.Message}"
            );
            result.SetResult(ResultState.Ignored, $"{string.Join("; ", unread)}: {result.Message}");
            return result;
        }
    }
}
