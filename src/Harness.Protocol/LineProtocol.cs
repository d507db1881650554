namespace Harness.Protocol;

/// <summary>
/// The line protocol between harness and probe: one JSON object a line, UTF-8, LF.
/// The probe speaks first: <c>{"hello":{...}}</c>. Then the harness sends <c>{"id":N,"facts":{}}</c> or
/// <c>{"id":N,"run":{program}}</c>, any number without waiting, and the probe answers each in order with
/// <c>{"id":N,"facts":{...}}</c>, <c>{"id":N,"observation":{...}}</c> or <c>{"id":N,"error":"..."}</c>.
/// End of input ends the probe. Nothing else is ever written to stdout.
/// </summary>
public static class LineProtocol
{
    /// <summary>Both sides refuse any other. Raised with every change of meaning.</summary>
    public const int Version = 2;

    /// <summary>
    /// Longest line either side accepts, in bytes: the memory of a small VM in base64, several times. Buffers grow to what comes.
    /// </summary>
    public const int LineLimit = 16 << 20;

    /// <summary>Objects and lists may be nested this deep.</summary>
    public const int DepthLimit = 32;

    /// <summary>Members of one object.</summary>
    public const int MemberLimit = 4096;
}

/// <summary>The probe's first line.</summary>
/// <param name="Protocol"><see cref="LineProtocol.Version"/> of the probe.</param>
/// <param name="Probe">SHA-256 of the probe, hex, as given to it on its command line by the deployer.</param>
/// <param name="Runtime">For people: ".NET 10.0.1".</param>
/// <param name="Pid">Process id on the target.</param>
/// <param name="BootId">/proc/sys/kernel/random/boot_id.</param>
public sealed record Hello(int Protocol, string Probe, string Runtime, int Pid, string BootId);
