using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>Converts the messages of <see cref="LineProtocol"/> to lines of JSON, and back.</summary>
/// <remarks>
/// Every Read throws <see cref="ProtocolException"/>. Lone surrogates are written as U+FFFD, since UTF-8 can't encode
/// them; everything else round-trips.
/// </remarks>
public static class Messages
{
    /// <summary>The line, LF included.</summary>
    public static byte[] Line(Hello hello) => Line(new HelloLine(hello), Lines.Json.HelloLine);

    /// <summary>The line, LF included.</summary>
    public static byte[] Line(Request request) => Line(request, Lines.Json.Request);

    /// <summary>The line, LF included.</summary>
    public static byte[] Line(Reply reply) => Line(reply, Lines.Json.Reply);

    /// <summary>One line of JSON, without LF: for storage or display.</summary>
    public static string Text(ProbeProgram program) => JsonSerializer.Serialize(program, Lines.Json.ProbeProgram);

    /// <inheritdoc cref="Text(ProbeProgram)"/>
    public static string Text(Observation observation) => JsonSerializer.Serialize(observation, Lines.Json.Observation);

    /// <inheritdoc cref="Text(ProbeProgram)"/>
    public static string Text(StepResult result) => JsonSerializer.Serialize(result, Lines.Json.StepResult);

    /// <inheritdoc cref="Text(ProbeProgram)"/>
    public static string Text(Fields fields) => JsonSerializer.Serialize(fields, Lines.Json.Fields);

    /// <exception cref="ProtocolException"/>
    public static ProbeProgram ReadProgram(string text) =>
        Read("a program", () => JsonSerializer.Deserialize(text, Lines.Json.ProbeProgram));

    /// <exception cref="ProtocolException"/>
    public static Observation ReadObservation(string text) =>
        Read("an observation", () => JsonSerializer.Deserialize(text, Lines.Json.Observation));

    /// <exception cref="ProtocolException"/>
    public static Fields ReadFields(string text) =>
        Read("facts", () => JsonSerializer.Deserialize(text, Lines.Json.Fields));

    /// <param name="line">With its LF or without.</param>
    /// <exception cref="ProtocolException"/>
    public static Hello ReadHello(ReadOnlyMemory<byte> line) => Read("a hello", line, Lines.Json.HelloLine).Hello;

    /// <inheritdoc cref="ReadHello"/>
    public static Request ReadRequest(ReadOnlyMemory<byte> line)
    {
        var request = Read("a request", line, Lines.Json.Request);
        return request.Run is null != request.Facts is null
            ? request
            : throw new ProtocolException("a request: it has one of 'run' and 'facts'");
    }

    /// <summary>
    /// The request's head. Steps are skipped without being read; the worker that executes them reads them with <see
    /// cref="ReadRequest"/>.
    /// </summary>
    /// <inheritdoc cref="ReadHello"/>
    public static RequestHead ReadHead(ReadOnlyMemory<byte> line)
    {
        var outline = Read("a request", line, Lines.Json.RequestOutline);
        return outline.Run is null == outline.Facts is null
            ? throw new ProtocolException("a request: it has one of 'run' and 'facts'")
            : new RequestHead(
                outline.Id,
                outline.Facts is not null,
                outline.Run?.Case ?? "",
                outline.Run?.DeadlineMs ?? 0,
                outline.Run?.Alone ?? true
            );
    }

    /// <inheritdoc cref="ReadHello"/>
    public static Reply ReadReply(ReadOnlyMemory<byte> line)
    {
        var reply = Read("a reply", line, Lines.Json.Reply);
        int members =
            (reply.Observation is null ? 0 : 1) + (reply.Facts is null ? 0 : 1) + (reply.Error is null ? 0 : 1);
        return members == 1
            ? reply
            : throw new ProtocolException("a reply: it has one of 'observation', 'facts' and 'error'");
    }

    private static byte[] Line<T>(T message, JsonTypeInfo<T> type)
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(message, type);
        Array.Resize(ref line, line.Length + 1);
        line[^1] = (byte)'\n';
        return line;
    }

    private static T Read<T>(string what, ReadOnlyMemory<byte> line, JsonTypeInfo<T> type)
        where T : class =>
        line.Length > LineProtocol.LineLimit
            ? throw new ProtocolException(
                $"{what}: a line of {line.Length} bytes; the limit is {LineProtocol.LineLimit}"
            )
            : Read(what, () => JsonSerializer.Deserialize(line.Span, type));

    private static T Read<T>(string what, Func<T?> deserialize)
        where T : class
    {
        try
        {
            return deserialize() ?? throw new ProtocolException($"{what}: null");
        }
        catch (JsonException e)
        {
            throw new ProtocolException(
                $"{what}: {Reason(e.Message)} (at {e.Path ?? "$"}, byte {e.BytePositionInLine ?? 0})",
                e
            );
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            throw new ProtocolException($"{what}: {Reason(e.Message)} (at {Place(e.Message)})", e);
        }
    }

    /// <summary>"$.run.steps[0]", if the message contains it.</summary>
    private static string Place(string message)
    {
        const string Begin = " Path: ";
        int at = message.IndexOf(Begin, StringComparison.Ordinal);
        int end = at < 0 ? -1 : message.IndexOf(" | ", at, StringComparison.Ordinal);
        return end < 0 ? "$" : message[(at + Begin.Length)..end];
    }

    /// <summary>Without the place, which is appended in our own form.</summary>
    private static string Reason(string message)
    {
        foreach (string place in (string[])[" Path: ", " LineNumber: "])
        {
            int at = message.IndexOf(place, StringComparison.Ordinal);
            if (at > 0)
                message = message[..at];
        }
        return message.TrimEnd(' ', '.');
    }
}
