namespace Harness.Protocol;

/// <summary>An invalid message, program or result; the message says where and what is wrong.</summary>
public sealed class ProtocolException(string message, Exception? inner = null) : FormatException(message, inner);
