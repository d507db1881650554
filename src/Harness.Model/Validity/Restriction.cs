namespace Harness.Model.Validity;

/// <summary>One reason why something can't exist on any machine.</summary>
/// <param name="Forbids">Whether it is the reason here.</param>
/// <param name="Reason">In one sentence, of what it forbids.</param>
public sealed record Restriction<T>(Func<T, bool> Forbids, Func<T, string> Reason);
