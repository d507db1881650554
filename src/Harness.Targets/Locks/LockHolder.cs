using System.Globalization;

namespace Harness.Targets.Locks;

/// <summary>The user of a host, as shown to others.</summary>
/// <param name="Text">One line of printable ASCII.</param>
public sealed record LockHolder(string Text)
{
    private const int Longest = 240;

    /// <summary>This process.</summary>
    /// <param name="purpose">What it does, as the user typed it.</param>
    public static LockHolder ThisProcess(string purpose)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.UserName}@{Environment.MachineName}, pid {Environment.ProcessId}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}Z: {purpose}"
        );
        text = string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return new LockHolder(text.Length <= Longest ? text : text[..Longest]);
    }

    public override string ToString() => Text;
}
