using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;

namespace Harness.Probe.Tests;

/// <summary>
/// A C compiler checks the probe's declarations of the exporter's header: sizes, offsets, request numbers.
/// </summary>
public class ExporterHeaderTests
{
    [Test]
    public void Every_declaration_is_the_headers()
    {
        var source = new StringBuilder("#include <stddef.h>\n#include \"stage2_exporter.h\"\n");
        int claims = 0;
        foreach (var type in new[] { typeof(Stage2Export), typeof(Stage2Read), typeof(Stage2Facts) })
        {
            string name = type.GetCustomAttribute<CStructAttribute>()!.Name;
            Claim($"sizeof({name}) == {Marshal.SizeOf(type)}");
            foreach (var field in type.GetFields())
            {
                string member = field.GetCustomAttribute<CFieldAttribute>()?.Name
                    ?? throw new AssertionException($"{type.Name}.{field.Name} says not what it mirrors");
                Claim($"offsetof({name}, {member}) == {Marshal.OffsetOf(type, field.Name)}");
                Claim($"sizeof((({name} *)0)->{member}) == {Marshal.SizeOf(field.FieldType)}");
            }
        }
        foreach (var property in typeof(Exporter).GetProperties(BindingFlags.Public | BindingFlags.Static))
            Claim(
                $"{property.GetCustomAttribute<CConstantAttribute>()!.Name} == {(ulong)(nuint)property.GetValue(null)!}UL"
            );
        Assert.That(claims, Is.GreaterThan(40));

        using var compiler = Process.Start(
            new ProcessStartInfo(
                "aarch64-linux-gnu-gcc",
                ["-fsyntax-only", "-I", AppContext.BaseDirectory, "-x", "c", "-"]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            }
        )!;
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.That(errors, Is.Empty);
        Assert.That(compiler.ExitCode, Is.Zero);

        void Claim(string claim)
        {
            claims++;
            source.Append("_Static_assert(").Append(claim).Append(", \"").Append(claim).Append("\");\n");
        }
    }
}
