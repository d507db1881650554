using System.Text;

namespace Harness.Protocol;

/// <summary>
/// The messages of <see cref="LineProtocol"/> as lines of JSON, and back. Integers are JSON integers of up to 64 bits,
/// signed or unsigned. What is read must have every member, no other, and each of its kind.
/// </summary>
/// <remarks>
/// Every Read throws FormatException, with the position for a fault in the JSON, or with the member's name. Text that
/// is written loses lone surrogates (to U+FFFD), which UTF-8 can't carry; nothing else changes on the way.
/// </remarks>
public static class Codec
{
    /// <summary>The line, LF included.</summary>
    public static byte[] Line(Hello hello)
    {
        var w = new JsonWriter();
        w.Open('{').Name("hello").Open('{').Name("protocol").Value(hello.Protocol).Name("probe").Value(hello.Probe)
            .Name("runtime").Value(hello.Runtime).Name("pid").Value(hello.Pid).Name("bootId").Value(hello.BootId)
            .Close('}').Close('}');
        return w.ToLine();
    }

    /// <summary>The line, LF included.</summary>
    public static byte[] Line(Request request)
    {
        var w = new JsonWriter();
        w.Open('{').Name("id").Value(request.Id);
        if (request.Run is { } program)
            Write(w.Name("run"), program);
        else
            w.Name("facts").Value(request.Facts ?? Fields.Empty);
        w.Close('}');
        return w.ToLine();
    }

    /// <summary>The line, LF included.</summary>
    public static byte[] Line(Reply reply)
    {
        var w = new JsonWriter();
        w.Open('{').Name("id").Value(reply.Id);
        if (reply.Observation is { } observation)
            Write(w.Name("observation"), observation);
        else if (reply.Facts is { } facts)
            w.Name("facts").Value(facts);
        else
            w.Name("error").Value(reply.Error ?? "");
        w.Close('}');
        return w.ToLine();
    }

    /// <summary>One line of JSON, without LF: to store or to show.</summary>
    public static string Text(ProbeProgram program)
    {
        var w = new JsonWriter();
        Write(w, program);
        return w.ToString();
    }

    /// <inheritdoc cref="Text(ProbeProgram)"/>
    public static string Text(Observation observation)
    {
        var w = new JsonWriter();
        Write(w, observation);
        return w.ToString();
    }

    /// <inheritdoc cref="Text(ProbeProgram)"/>
    public static string Text(Fields fields) => new JsonWriter().Value(fields).ToString();

    /// <exception cref="FormatException"/>
    public static ProbeProgram ReadProgram(string text) => Program(ReadFields(text));

    /// <exception cref="FormatException"/>
    public static Observation ReadObservation(string text) => Observation(ReadFields(text));

    /// <exception cref="FormatException"/>
    public static Fields ReadFields(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Object(bytes, bytes.Length);
    }

    /// <summary>Of the first <paramref name="count"/> bytes of <paramref name="line"/>; LF may be there or not.</summary>
    /// <exception cref="FormatException"/>
    public static Hello ReadHello(byte[] line, int count)
    {
        var outer = Object(line, count);
        Members(outer, "a hello", ["hello"]);
        var f = outer.Inner("hello");
        Members(f, "a hello", ["protocol", "probe", "runtime", "pid", "bootId"]);
        return new Hello(Int(f, "protocol"), f.Text("probe"), f.Text("runtime"), Int(f, "pid"), f.Text("bootId"));
    }

    /// <inheritdoc cref="ReadHello"/>
    public static Request ReadRequest(byte[] line, int count)
    {
        var f = Object(line, count);
        bool run = f.Has("run");
        Members(f, "a request", ["id", run ? "run" : "facts"]);
        return run
            ? new Request(f.Integer("id"), Program(f.Inner("run")), null)
            : new Request(f.Integer("id"), null, f.Inner("facts"));
    }

    /// <summary>
    /// The request's head. Of the steps only the end is looked for: whoever executes them reads them with
    /// <see cref="ReadRequest"/>.
    /// </summary>
    /// <inheritdoc cref="ReadHello"/>
    public static RequestHead ReadHead(byte[] line, int count)
    {
        if (count > LineProtocol.LineLimit)
            throw new FormatException($"a line of {count} bytes; the limit is {LineProtocol.LineLimit}");
        var reader = new JsonReader(line, 0, count);
        object? id = null;
        RequestHead? head = null;
        for (bool first = true; reader.NextMember(first, out string name); first = false)
        {
            if (name == "id" && id is null)
                id = reader.ReadValue();
            else if (name == "facts" && head is null)
            {
                reader.SkipValue();
                head = new RequestHead(0, true, "", 0);
            }
            else if (name == "run" && head is null)
                head = ProgramHead(reader);
            else
                throw new FormatException($"a request has an unknown member '{name}'");
        }
        reader.ExpectEnd();
        return id is not long number ? throw new FormatException("a request has no 'id'")
            : head is null ? throw new FormatException("a request has no 'facts'")
            : head with { Id = number };
    }

    private static RequestHead ProgramHead(JsonReader reader)
    {
        object? name = null, deadline = null;
        for (bool first = true; reader.NextMember(first, out string member); first = false)
        {
            if (member == "case")
                name = reader.ReadValue();
            else if (member == "deadlineMs")
                deadline = reader.ReadValue();
            else
                reader.SkipValue();
        }
        return name is string text && deadline is long and >= int.MinValue and <= int.MaxValue
            ? new RequestHead(0, false, text, (int)(long)deadline)
            : throw new FormatException("a program has no 'case' or no 'deadlineMs'");
    }

    /// <inheritdoc cref="ReadHello"/>
    public static Reply ReadReply(byte[] line, int count)
    {
        var f = Object(line, count);
        string kind = f.Has("observation") ? "observation" : f.Has("facts") ? "facts" : "error";
        Members(f, "a reply", ["id", kind]);
        long id = f.Integer("id");
        return kind switch
        {
            "observation" => new Reply(id, Observation(f.Inner(kind)), null, null),
            "facts" => new Reply(id, null, f.Inner(kind), null),
            _ => new Reply(id, null, null, f.Text(kind)),
        };
    }

    private static void Write(JsonWriter w, ProbeProgram program)
    {
        w.Open('{').Name("case").Value(program.Case).Name("deadlineMs").Value(program.DeadlineMs).Name("steps").Open('[');
        foreach (var step in program.Steps)
        {
            w.Open('{').Name("op").Value(step.Op).Name("args").Value(step.Args);
            if (step.OnError != OnError.Fail)
                w.Name("onError").Value(Name(step.OnError));
            w.Close('}');
        }
        w.Close(']').Close('}');
    }

    private static void Write(JsonWriter w, Observation observation)
    {
        w.Open('{').Name("case").Value(observation.Case).Name("end").Value(Name(observation.End))
            .Name("detail").Value(observation.Detail).Name("micros").Value(observation.Micros).Name("steps").Open('[');
        foreach (var step in observation.Steps)
            w.Open('{').Name("index").Value(step.Index).Name("op").Value(step.Op).Name("errno").Value(step.Errno)
                .Name("values").Value(step.Values).Close('}');
        w.Close(']').Name("kernelLog").Open('[');
        foreach (string line in observation.KernelLog)
            w.Value(line);
        w.Close(']').Close('}');
    }

    private static ProbeProgram Program(Fields f)
    {
        Members(f, "a program", ["case", "deadlineMs", "steps"]);
        var list = f.List("steps");
        var steps = new Step[list.Count];
        for (int i = 0; i < steps.Length; i++)
        {
            var s = Each(list, i, "steps");
            bool onError = s.Has("onError");
            Members(s, "a step", onError ? ["op", "args", "onError"] : ["op", "args"]);
            steps[i] = new Step(s.Text("op"), s.Inner("args"), onError ? OnErrorOf(s.Text("onError")) : OnError.Fail);
        }
        return new ProbeProgram(f.Text("case"), Int(f, "deadlineMs"), steps);
    }

    private static Observation Observation(Fields f)
    {
        Members(f, "an observation", ["case", "end", "detail", "micros", "steps", "kernelLog"]);
        var list = f.List("steps");
        var steps = new StepResult[list.Count];
        for (int i = 0; i < steps.Length; i++)
        {
            var s = Each(list, i, "steps");
            Members(s, "a step's result", ["index", "op", "errno", "values"]);
            steps[i] = new StepResult(Int(s, "index"), s.Text("op"), Int(s, "errno"), s.Inner("values"));
        }
        var log = f.List("kernelLog");
        var lines = new string[log.Count];
        for (int i = 0; i < lines.Length; i++)
            lines[i] = log[i] as string ?? throw new FormatException($"'kernelLog' holds something that is not text, at {i}");
        f.TryGet("detail", out object? detail);
        return new Observation(f.Text("case"), EndOf(f.Text("end")), detail is null ? null : f.Text("detail"),
            f.Integer("micros"), steps, lines);
    }

    private static Fields Object(byte[] line, int count)
    {
        if (count > LineProtocol.LineLimit)
            throw new FormatException($"a line of {count} bytes; the limit is {LineProtocol.LineLimit}");
        return new JsonReader(line, 0, count).ReadAll() as Fields
            ?? throw new FormatException("JSON, byte 0: a message is an object");
    }

    private static void Members(Fields f, string what, string[] names)
    {
        foreach (string name in names)
            if (!f.Has(name))
                throw new FormatException($"{what} has no '{name}'");
        if (f.Count == names.Length)
            return;
        for (int i = 0; i < f.Count; i++)
            if (Array.IndexOf(names, f[i].Key) < 0)
                throw new FormatException($"{what} has an unknown member '{f[i].Key}'");
    }

    private static Fields Each(IReadOnlyList<object?> list, int i, string name) =>
        list[i] as Fields ?? throw new FormatException($"'{name}' holds something that is not an object, at {i}");

    private static int Int(Fields f, string name)
    {
        long value = f.Integer(name);
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new FormatException($"'{name}' is beyond 32 bits: {value}");
    }

    private static string Name(OnError onError) => onError switch
    {
        OnError.Fail => "fail",
        OnError.End => "end",
        OnError.Continue => "continue",
        _ => throw new ArgumentOutOfRangeException(nameof(onError)),
    };

    private static OnError OnErrorOf(string name) => name switch
    {
        "fail" => OnError.Fail,
        "end" => OnError.End,
        "continue" => OnError.Continue,
        _ => throw new FormatException($"'onError' is none of fail, end, continue: '{name}'"),
    };

    private static string Name(ObservationEnd end) => end switch
    {
        ObservationEnd.Completed => "completed",
        ObservationEnd.SetupFailed => "setupFailed",
        ObservationEnd.Hang => "hang",
        ObservationEnd.Crash => "crash",
        ObservationEnd.ProbeError => "probeError",
        _ => throw new ArgumentOutOfRangeException(nameof(end)),
    };

    private static ObservationEnd EndOf(string name) => name switch
    {
        "completed" => ObservationEnd.Completed,
        "setupFailed" => ObservationEnd.SetupFailed,
        "hang" => ObservationEnd.Hang,
        "crash" => ObservationEnd.Crash,
        "probeError" => ObservationEnd.ProbeError,
        _ => throw new FormatException($"'end' is none of completed, setupFailed, hang, crash, probeError: '{name}'"),
    };
}
