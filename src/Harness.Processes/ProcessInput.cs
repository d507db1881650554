namespace Harness.Processes;

/// <summary>What a process reads from its stdin.</summary>
public abstract record ProcessInput
{
    private ProcessInput() { }

    /// <summary>End of file at once.</summary>
    public static ProcessInput Nothing { get; } = new Bytes(ReadOnlyMemory<byte>.Empty);

    /// <summary>The UTF-8 bytes of <paramref name="text"/>.</summary>
    public static ProcessInput Text(string text) => new Bytes(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>These bytes, then end of file.</summary>
    public sealed record Bytes(ReadOnlyMemory<byte> Content) : ProcessInput;

    /// <summary>The stream from its present position to its end. Not disposed.</summary>
    public sealed record Copy(Stream Source) : ProcessInput;
}
