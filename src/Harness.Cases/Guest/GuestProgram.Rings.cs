namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>
    /// A guest that stores the word of X2 to X3 pages from X1 on, of X4 bytes each: X1 is the next one then, also where
    /// the run ends before. Its report has the number 0.
    /// </summary>
    /// <param name="entry">The offset of the entry point, in bytes.</param>
    public static GuestProgram ForPages(out ulong entry)
    {
        var (count, size) = (Register.X(3), Register.X(4));
        var guest = WithEntries(
            [
                (
                    [],
                    [
                        A64.Store32(Value, Target),
                        A64.Add(Target, Target, size),
                        A64.Sub(count, count, 1),
                        A64.BranchIfNotZero(count, -3),
                    ]
                ),
            ],
            out var entries
        );
        entry = entries[0];
        return guest;
    }
}
