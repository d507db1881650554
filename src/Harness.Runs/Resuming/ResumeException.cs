namespace Harness.Runs.Resuming;

/// <summary>A run can't be resumed; the message says why in one line, and what to do instead.</summary>
public sealed class ResumeException(string message) : Exception(message);
