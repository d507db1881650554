using System.Reflection;
using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Tests;

public class StaticProgramTests
{
    /// <summary>
    /// The deployed program is linked statically with libc; another library would be looked up at run time, and not be
    /// found.
    /// </summary>
    [Test]
    public void Every_native_function_is_of_the_C_library_that_is_linked()
    {
        string?[] libraries =
        [
            .. new[] { typeof(Supervisor).Assembly, typeof(Libc).Assembly }
                .SelectMany(a => a.GetTypes())
                .SelectMany(t =>
                    t.GetMethods(
                        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                    )
                )
                .Select(m =>
                    m.GetCustomAttribute<LibraryImportAttribute>()?.LibraryName
                    ?? m.GetCustomAttribute<DllImportAttribute>()?.Value
                )
                .Where(name => name is not null),
        ];
        Assert.That(libraries, Has.Length.GreaterThan(40).And.All.EqualTo("libc"));
    }
}
