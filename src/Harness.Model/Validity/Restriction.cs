namespace Harness.Model.Validity;

/// <summary>One reason why something can't exist on any machine.</summary>
/// <param name="Forbids">Whether the reason applies.</param>
/// <param name="Reason">The reason in one sentence.</param>
public sealed record Restriction<T>(Func<T, bool> Forbids, Func<T, string> Reason);
