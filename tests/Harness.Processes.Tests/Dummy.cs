namespace Harness.Processes.Tests;

/// <summary>The program in tests/Harness.Dummy.</summary>
internal static class Dummy
{
    public static ProcessSpec Spec(params string[] arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, "Harness.Dummy"), arguments);

    /// <summary>Reads one line, byte by byte, so that nothing after it is consumed.</summary>
    public static async Task<string> LineAsync(Stream from)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await from.ReadAsync(one) == 1 && one[0] != '\n')
            line.Add(one[0]);
        return System.Text.Encoding.UTF8.GetString([.. line]);
    }
}
