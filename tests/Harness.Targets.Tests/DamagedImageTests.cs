using Harness.Processes;
using Harness.Targets.Qemu;

namespace Harness.Targets.Tests;

public sealed class DamagedImageTests
{
    private const string HashOfEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [TestCase("kernel")]
    [TestCase("initrd")]
    public void A_file_of_an_image_that_changed_is_found_before_QEMU_is_started(string damaged)
    {
        string folder = Directory.CreateTempSubdirectory("harness-damaged-").FullName;
        try
        {
            foreach (string name in (string[])["kernel", "initrd"])
                File.WriteAllText(Path.Combine(folder, name), name == damaged ? "garbled" : "");
            string Of(string name) => Path.Combine(folder, name);
            var spec = new QemuSpec(Of("kernel"), Of("initrd"), "max")
            {
                Program = Of("no-such-qemu"),
                Hashes = new Dictionary<string, string> { [Of("kernel")] = HashOfEmpty, [Of("initrd")] = HashOfEmpty },
            };
            using var directory = RunDirectory.Create("fwb", folder);
            var thrown = Assert.ThrowsAsync<TargetException>(async () =>
                await QemuMachine.StartAsync(new ProcessRunner(), "fwb", spec, directory)
            );
            Assert.That(
                thrown!.Message,
                Does.StartWith($"target 'fwb': {Of(damaged)} is damaged: its SHA-256 is ")
                    .And.EndWith($"was {HashOfEmpty} when it was built: build the image again (harness images build)")
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
