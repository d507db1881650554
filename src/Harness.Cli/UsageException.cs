namespace Harness.Cli;

/// <summary>The user asked for something that can't be: one line that says what, and what is allowed.</summary>
public sealed class UsageException(string message) : Exception(message);
