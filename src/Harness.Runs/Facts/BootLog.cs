using System.Text.RegularExpressions;
using Harness.Protocol;

namespace Harness.Runs.Facts;

/// <summary>What the probe found in the kernel's log about CPUs and KVM.</summary>
internal sealed class BootLog
{
    private readonly string[] _lines;

    public BootLog(Fields kernel)
    {
        bool read = kernel.TryGet("log", out var value) && value is IReadOnlyList<object?>;
        _lines = read ? [.. ((IReadOnlyList<object?>)value!).OfType<string>()] : [];
        Errno = value is Fields refused ? refused.Integer("errno") : 0;
        IsWhole = Has("Booting Linux on physical CPU");
    }

    /// <summary>
    /// Why it can't be read: EPERM where kernel.dmesg_restrict is set and the login is not root; 0 where it can.
    /// </summary>
    public long Errno { get; }

    /// <summary>The first line of the boot is there, so nothing is overwritten.</summary>
    public bool IsWhole { get; }

    public bool Has(string text) => _lines.Any(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>The group of the first line that matches, or null.</summary>
    public string? Find(Regex line) =>
        _lines.Select(l => line.Match(l)).FirstOrDefault(m => m.Success)?.Groups[1].Value;

    /// <summary>
    /// What it says of a feature that the kernel logs where it is there; null where it may have said it and lost it.
    /// </summary>
    public FactSource? Of(string line) => Has(line) || IsWhole ? new FactSource(Source, Fact.Word(Has(line))) : null;

    /// <summary>Why it does not say more: "can't be read (errno 1)".</summary>
    public string Weakness =>
        Errno != 0 ? $"can't be read (errno {Errno})"
        : IsWhole ? "does not say"
        : "has lost its beginning";

    public const string Source = "the kernel's log";
}
