using static Harness.Runs.KernelLogs.FunctionSource;
using static Harness.Runs.KernelLogs.KernelReportKind;

namespace Harness.Runs.KernelLogs;

/// <summary>Forms of reports: KVM's hypervisor code, and the sanitizers.</summary>
internal static class HypervisorPatterns
{
    private const string At = ReportPattern.At;

    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        // The hypervisor of nVHE and of protected KVM, arch/arm64/kvm/handle_exit.c; kvm_err() writes "kvm [PID]: ".
        new(
            HypervisorPanic,
            "nVHE hyp BUG at",
            $@"nVHE hyp BUG at: (?:\[<[0-9a-f]+>\] )?(?:{At}|(?<place>\S+?):\d+!)",
            "nVHE hyp BUG",
            FirstLine
        ),
        new(
            HypervisorPanic,
            "nVHE hyp panic at",
            $@"nVHE hyp panic at: (?:\[<[0-9a-f]+>\] )?{At}",
            "nVHE hyp panic",
            FirstLine
        ),
        new(HypervisorPanic, "HYP panic", @"HYP panic:", "HYP panic", ProgramCounter)
        {
            Continues = true,
            IsPanic = true,
        },
        // The sanitizers.
        new(
            Kasan,
            "KASAN: double-free or invalid-free",
            $@"BUG: KASAN: double-free or invalid-free in {At}",
            "KASAN: invalid-free",
            FirstLine
        ),
        new(
            Kasan,
            "BUG: KASAN: ",
            $@"BUG: KASAN: (?<what>[a-z-]+(?: on address)?)(?: (?:in|on)(?: address)? (?:{At}|(?<function>[\w.]+))| \(|$)",
            "KASAN: {what}",
            FirstLine
        ),
        new(Kfence, "BUG: KFENCE: ", $@"BUG: KFENCE: (?<what>[a-z -]+?) in {At}", "KFENCE: {what}", FirstLine),
        new(Kmsan, "BUG: KMSAN: ", $@"BUG: KMSAN: (?<what>[a-z -]+?) in {At}", "KMSAN: {what}", FirstLine),
        new(
            Kcsan,
            "BUG: KCSAN: data-race",
            @"BUG: KCSAN: data-race in (?<pair>[\w.]+(?: / [\w.]+)?)",
            "KCSAN: data-race in {pair}",
            None
        ),
        new(
            Kcsan,
            "BUG: KCSAN: ",
            $@"BUG: KCSAN: (?<what>[a-z: -]+?) in (?:{At}|(?<function>[\w.]+))",
            "KCSAN: {what}",
            FirstLine
        ),
        new(Ubsan, "UBSAN: ", @"UBSAN: (?:Undefined behaviour) in \S+", "UBSAN: undefined-behaviour", Stack),
        new(Ubsan, "UBSAN: ", @"UBSAN: (?<what>[a-z-]+) in \S+:\d+", "UBSAN: {what}", Stack),
    ];
}
