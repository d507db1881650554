using Harness.Protocol;
using Harness.Runs.Facts;

namespace Harness.Runs.Tests;

/// <summary>Whether a CPU or QEMU's emulator executes a host's instructions, which determines the errata.</summary>
public class PlatformFactsTests
{
    private const string FirstLine = "Booting Linux on physical CPU 0x0000000000 [0x413fd0c1]";
    private const string Hypervisor =
        "smccc: KVM: hypervisor services detected (0x00000000 0x00000000 0x00000000 0x00000003)";
    private const string Tcg = "QEMU TCG";
    private const string Cpu = "a CPU";
    private const string CortexA76 = "0x00000000414fd0b1";
    private const string TcgMax = "0x00000000000f0510";

    [Test]
    public void A_machine_of_QEMUs_without_a_hypervisor_below_is_emulated()
    {
        Assert.That(Of([FirstLine], CortexA76, compatible: "linux,dummy-virt").Value, Is.EqualTo(Tcg));
        Assert.That(Of([FirstLine], CortexA76, vendor: "QEMU").Value, Is.EqualTo(Tcg));
    }

    [Test]
    public void A_virtual_machine_under_KVM_has_the_errata_of_its_CPU() =>
        Assert.That(Of([FirstLine, Hypervisor], CortexA76, compatible: "linux,dummy-virt").Value, Is.EqualTo(Cpu));

    [Test]
    public void A_log_that_lost_its_beginning_may_have_lost_the_hypervisor()
    {
        Assert.That(Of([], CortexA76, compatible: "linux,dummy-virt").Value, Is.Null);
        Assert.That(Of([], TcgMax, compatible: "linux,dummy-virt").Value, Is.EqualTo(Tcg), "no CPU is called so");
    }

    [Test]
    public void A_lab_machine_is_a_CPU_by_what_its_firmware_says() =>
        Assert.That(Of([FirstLine], "0x00000000410fd4f0", vendor: "NVIDIA").Value, Is.EqualTo(Cpu));

    [Test]
    public void Sources_that_contradict_each_other_leave_it_open() =>
        Assert.That(Of([FirstLine], TcgMax, vendor: "NVIDIA").IsContradicted, Is.True);

    private static Fact Of(string[] log, string midr, string? compatible = null, string? vendor = null) =>
        FactsReader
            .Read(
                Fields.Of(
                    (
                        "kernel",
                        Fields.Of(
                            ("release", "7.2.12-arm64"),
                            ("log", log),
                            ("cmdline", "console=ttyAMA0"),
                            ("pageSize", 4096)
                        )
                    ),
                    ("cpu", Fields.Of(("models", new object?[] { midr }))),
                    ("kvm", Fields.Of(("errno", 0), ("vm", Fields.Of(("205", 0))), ("system", Fields.Of(("205", 0))))),
                    ("exporter", Fields.Of(("errno", 2))),
                    (
                        "platform",
                        Fields.Of(
                            ("compatible", compatible ?? (object)Fields.Of(("errno", 2))),
                            ("vendor", vendor ?? (object)Fields.Of(("errno", 2)))
                        )
                    ),
                    ("secretmem", Fields.Of(("errno", 0))),
                    ("trace", Fields.Of(("available", true)))
                )
            )
            .Fact("platform")!;
}
