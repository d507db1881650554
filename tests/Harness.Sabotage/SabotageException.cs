namespace Harness.Sabotage;

/// <summary>Nothing can be measured.</summary>
internal sealed class SabotageException(string message) : Exception(message);
