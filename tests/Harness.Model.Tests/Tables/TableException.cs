namespace Harness.Model.Tests.Tables;

/// <summary>A table is malformed, or does not say what it was asked. The message says where.</summary>
public sealed class TableException(string message) : Exception(message);
