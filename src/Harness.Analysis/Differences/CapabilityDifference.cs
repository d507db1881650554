using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>A capability with different values under two policies.</summary>
/// <param name="A">The first policy's, or null if it has none with this number.</param>
/// <param name="B">The second's.</param>
public sealed record CapabilityDifference(Capability? A, Capability? B)
{
    private static readonly HostFacts[] Hosts = [.. HostFacts.All];

    public Capability Either => (A ?? B)!;

    /// <summary>"0 -> 1 with FWB and DIC, else 0; on /dev/kvm: 0 -> EINVAL".</summary>
    public string Text
    {
        get
        {
            string vm = Arrow(OnVm(A), OnVm(B));
            string system = Arrow(OnSystem(A), OnSystem(B));
            return vm == system ? vm : $"{vm}; on /dev/kvm: {system}";
        }
    }

    public static IReadOnlyList<CapabilityDifference> Between(Policy a, Policy b) =>
        [
            .. a
                .Capabilities.Concat(b.Capabilities)
                .Select(c => c.Number)
                .Distinct()
                .Order()
                .Select(number => new CapabilityDifference(
                    a.Capabilities.FirstOrDefault(c => c.Number == number),
                    b.Capabilities.FirstOrDefault(c => c.Number == number)
                ))
                .Where(d =>
                    d.A is null
                    || d.B is null
                    || Array.Exists(Hosts, h => d.A.OnVm(h) != d.B.OnVm(h) || d.A.System(h) != d.B.System(h))
                ),
        ];

    /// <summary>The value for a VM's descriptor, for every kind of host: "1 with FWB and DIC, else 0".</summary>
    public static string OnVm(Capability? capability) => capability is null ? "not said" : ByHost(capability.OnVm);

    /// <summary>The value for /dev/kvm.</summary>
    public static string OnSystem(Capability? capability) =>
        capability is null ? "not said" : ByHost(capability.System);

    public override string ToString() => $"{Either}: {Text}";

    private static string Arrow(string a, string b) => a == b ? $"{a} as before" : $"{a} -> {b}";

    private static string ByHost(Func<HostFacts, int> answer)
    {
        // The smallest value means "no".
        int[] answers = [.. Hosts.Select(answer).Distinct().OrderDescending()];
        var words = answers[..^1]
            .Select(value => $"{Word(value)} {CubeText.Hosts([.. Hosts.Where(h => answer(h) == value)])}");
        return answers.Length == 1 ? Word(answers[0]) : $"{string.Join(", ", words)}, else {Word(answers[^1])}";
    }

    private static string Word(int answer) =>
        answer switch
        {
            < 0 => ((Errno)(-answer)).ToString(),
            > 0xffff => $"0x{answer:x}",
            _ => answer.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
}
