namespace Harness.Protocol;

/// <summary>
/// A message, a program or a result that is not one of the protocol's; the message says where and what is wrong.
/// </summary>
public sealed class ProtocolException(string message, Exception? inner = null) : FormatException(message, inner);
