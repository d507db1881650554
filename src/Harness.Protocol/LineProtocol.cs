namespace Harness.Protocol;

/// <summary>
/// The line protocol between harness and probe: one JSON object a line, UTF-8, LF.
/// The probe speaks first: <c>{"hello":{...}}</c>. Then the harness sends <c>{"id":N,"facts":{...}}</c> or
/// <c>{"id":N,"run":{program}}</c>, any number without waiting, and the probe answers each in order with
/// <c>{"id":N,"facts":{...}}</c>, <c>{"id":N,"observation":{...}}</c> or <c>{"id":N,"error":"..."}</c>.
/// End of input ends the probe. Nothing else is ever written to stdout.
/// </summary>
public static class LineProtocol
{
    /// <summary>Both sides refuse any other. Raised with every change of meaning.</summary>
    public const int Version = 3;

    /// <summary>
    /// Longest line either side accepts, in bytes: the memory of a small VM in base64, several times. Buffers grow to
    /// what comes.
    /// </summary>
    public const int LineLimit = 16 << 20;

    /// <summary>Objects and lists may be nested this deep.</summary>
    public const int DepthLimit = 32;
}
