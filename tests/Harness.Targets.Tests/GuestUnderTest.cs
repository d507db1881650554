using Harness.Targets.Qemu;

namespace Harness.Targets.Tests;

/// <summary>The guest image that the tests of category Qemu boot, named by four environment variables.</summary>
internal static class GuestUnderTest
{
    public static QemuSpec Spec => new(Variable("KERNEL"), Variable("INITRD"), "max,pauth-impdef=on,sve=off,sme=off");

    public static GuestKeys Keys => new(File.ReadAllText(Variable("HOST_KEY")), Variable("LOGIN_KEY"));

    private static string Variable(string name)
    {
        name = "HARNESS_TEST_" + name;
        var value = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrEmpty(value))
            Assert.Ignore($"needs a guest image: {name} is not set");
        return value!;
    }
}
