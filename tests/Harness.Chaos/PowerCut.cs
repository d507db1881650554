namespace Harness.Chaos;

/// <summary>What a disk may have after a power cut: what was synced, and any part of what was written since.</summary>
internal static class PowerCut
{
    /// <summary>Written whole or not at all.</summary>
    private const int Sector = 512;

    /// <param name="database">With its log beside it; no process has it open.</param>
    /// <param name="synced">The folder with the files as they were last synced: see Shim.c.</param>
    /// <param name="chance">Draws what is lost.</param>
    public static void Lose(string database, string synced, Random chance)
    {
        // The index of the log is never synced, and made anew from it.
        File.Delete(database + "-shm");
        foreach (string file in (string[])[database, database + "-wal"])
        {
            string copy = Path.Combine(synced, Path.GetFileName(file));
            if (File.Exists(file))
                File.WriteAllBytes(
                    file,
                    Mixed(File.Exists(copy) ? File.ReadAllBytes(copy) : [], File.ReadAllBytes(file), chance)
                );
        }
    }

    private static byte[] Mixed(byte[] synced, byte[] written, Random chance)
    {
        // All, nothing, or some sectors of what was not synced.
        double kept = chance.Next(3) switch
        {
            0 => 0,
            1 => 1,
            _ => chance.NextDouble(),
        };
        int length = chance.NextDouble() < kept ? written.Length : synced.Length;
        var mixed = new byte[length];
        for (int at = 0; at < length; at += Sector)
        {
            int size = Math.Min(Sector, length - at);
            var from = chance.NextDouble() < kept ? written : synced;
            int there = Math.Clamp(from.Length - at, 0, size);
            from.AsSpan(Math.Min(at, from.Length), there).CopyTo(mixed.AsSpan(at));
        }
        return mixed;
    }
}
