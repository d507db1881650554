namespace Harness.Model.Tests.Tables;

/// <summary>A table is malformed, or lacks a row. The message says where.</summary>
public sealed class TableException(string message) : Exception(message);
