namespace Harness.Chaos;

/// <summary>The library that is preloaded into a harness: see Shim.c.</summary>
internal static class Shim
{
    /// <summary>Compiles it into a trial's folder.</summary>
    /// <returns>Its path, for LD_PRELOAD.</returns>
    public static async Task<string> BuildAsync(Workplace place)
    {
        using var source = typeof(Shim).Assembly.GetManifestResourceStream("Shim.c")!;
        using var text = new StreamReader(source);
        string file = place.Write("shim.c", await text.ReadToEndAsync().ConfigureAwait(false));
        string library = place.PathOf("shim.so");
        await Shell.RunAsync("cc", "-shared", "-fPIC", "-O2", "-o", library, file, "-ldl").ConfigureAwait(false);
        return library;
    }
}
