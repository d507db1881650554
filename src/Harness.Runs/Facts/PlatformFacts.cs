using System.Globalization;

namespace Harness.Runs.Facts;

/// <summary>
/// What executes the host's instructions. A target that is reached over ssh may be an emulated machine as well as one
/// that the harness boots: only the host itself shows that.
/// </summary>
internal static class PlatformFacts
{
    public const string Name = "platform";

    /// <summary>QEMU's CPU emulator.</summary>
    public const string Tcg = "QEMU TCG";

    /// <summary>A CPU, possibly below a hypervisor: QEMU's machine under KVM is one, too.</summary>
    public const string Cpu = "a CPU";

    // MIDR_EL1 of -cpu max: implementer 0, part 0x051, 'Q' (target/arm/tcg/cpu64.c)
    private const ulong TcgModel = 0x000f_0510;

    /// <summary>
    /// QEMU's machine is identified by device tree ("linux,dummy-virt", also used by kvmtool) or SMBIOS. KVM below it
    /// is excluded by the vendor call of the SMC calling convention, which KVM implements and the kernel logs
    /// (drivers/firmware/smccc/kvm_guest.c); if the log may have lost that line, it is unknown.
    /// </summary>
    public static Fact Of(ProbeFacts told)
    {
        var said = new List<FactSource>();
        bool underKvm = told.Log.Has("hypervisor services detected");
        if (underKvm)
            said.Add(new FactSource(BootLog.Source, Cpu));
        if (told.Models.Any(IsTcg))
            said.Add(new FactSource("MIDR_EL1", Tcg));
        Add("the device tree", told.OfPlatform("compatible"), "linux,dummy-virt");
        Add("SMBIOS", told.OfPlatform("vendor"), "QEMU");
        return Fact.Of(
            Name,
            $"the firmware's description doesn't identify it, and the kernel's log {told.Log.Weakness}",
            said
        );

        void Add(string source, string? text, string word)
        {
            if (text is null)
                return;
            if (!text.Contains(word, StringComparison.Ordinal))
                said.Add(new FactSource(source, Cpu));
            else if (!underKvm && told.Log.IsWhole)
                said.Add(new FactSource(source + ", and no hypervisor in the kernel's log", Tcg));
        }
    }

    private static bool IsTcg(string midr) =>
        ulong.TryParse(
            midr.StartsWith("0x", StringComparison.Ordinal) ? midr[2..] : midr,
            NumberStyles.HexNumber,
            CultureInfo.InvariantCulture,
            out ulong value
        )
        && value == TcgModel;
}
