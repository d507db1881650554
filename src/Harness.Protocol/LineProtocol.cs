namespace Harness.Protocol;

/// <summary>
/// The line protocol between harness and probe: one JSON object per line, UTF-8, LF. The probe starts:
/// <c>{"hello":{...}}</c>. Then the harness sends any number of <c>{"id":N,"facts":{...}}</c> or
/// <c>{"id":N,"run":{program}}</c> without waiting, and the probe replies to each, in the order in which they end,
/// with
/// <c>{"id":N,"facts":{...}}</c>, <c>{"id":N,"observation":{...}}</c> or <c>{"id":N,"error":"..."}</c>. End of input
/// ends the probe. Nothing else is ever written to stdout.
/// </summary>
public static class LineProtocol
{
    /// <summary>Both sides refuse any other version. Incremented with every change of meaning.</summary>
    public const int Version = 17;

    /// <summary>
    /// The longest line that either side accepts, in bytes: several times the memory of a small VM in base64. Buffers
    /// grow as needed.
    /// </summary>
    public const int LineLimit = 16 << 20;

    /// <summary>
    /// How many programs a probe runs side by side at most if the harness names no number: a lab host with a hundred
    /// processors is shared with others.
    /// </summary>
    public const int UsualWorkers = 4;

    /// <summary>The nesting limit of objects and lists.</summary>
    public const int DepthLimit = 32;
}
