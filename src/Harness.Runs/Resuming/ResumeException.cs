namespace Harness.Runs.Resuming;

/// <summary>A run can't go on; the message says why in one line, and what to do instead.</summary>
public sealed class ResumeException(string message) : Exception(message);
