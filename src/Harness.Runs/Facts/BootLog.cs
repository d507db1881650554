using System.Text.RegularExpressions;
using Harness.Protocol;

namespace Harness.Runs.Facts;

/// <summary>The kernel log lines about CPUs and KVM that the probe found.</summary>
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
    /// Why it can't be read: EPERM if kernel.dmesg_restrict is set and the login is not root; 0 if it can.
    /// </summary>
    public long Errno { get; }

    /// <summary>The first line of the boot is there, so nothing has been overwritten.</summary>
    public bool IsWhole { get; }

    public bool Has(string text) => _lines.Any(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>The group of the first line that matches, or null.</summary>
    public string? Find(Regex line) =>
        _lines.Select(l => line.Match(l)).FirstOrDefault(m => m.Success)?.Groups[1].Value;

    /// <summary>
    /// What the log shows about a feature that the kernel logs if present; null if the line may have been overwritten.
    /// </summary>
    public FactSource? Of(string line) => Has(line) || IsWhole ? new FactSource(Source, Fact.Word(Has(line))) : null;

    /// <summary>Why the log shows no more: "can't be read (errno 1)".</summary>
    public string Weakness =>
        Errno != 0 ? $"can't be read (errno {Errno})"
        : IsWhole ? "does not say"
        : "has lost its beginning";

    public const string Source = "the kernel's log";
}
