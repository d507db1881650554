namespace Harness.Cli;

/// <summary>The user's request is invalid: one line with what is wrong, and what is allowed.</summary>
public sealed class UsageException(string message) : Exception(message);
