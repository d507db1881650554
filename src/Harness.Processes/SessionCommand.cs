namespace Harness.Processes;

/// <summary>The command line that starts a program in its own session, killed when the harness dies.</summary>
/// <param name="Program">setpriv(1).</param>
/// <param name="Arguments">Its arguments, including the program's.</param>
internal sealed record SessionCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <exception cref="ProgramNotFoundException">
    /// There is no such program; thrown before anything is started.
    /// </exception>
    public static SessionCommand Of(ProcessSpec spec)
    {
        var path = spec.Environment.TryGetValue("PATH", out var own) ? own : null;
        var program = ProgramPath.Find(spec.Program, path)
            ?? throw new ProgramNotFoundException(
                spec.Program,
                spec.Program.Contains('/', StringComparison.Ordinal) ? "its folder" : "PATH"
            );
        // setsid(1) executes in place: a child of ours is never the leader of a process group, the only case in which
        // it would fork; setpriv(1) also executes in place. So the pid that we get is the program's.
        return new SessionCommand("setpriv", ["--pdeathsig", "KILL", "--", "setsid", "--", program, .. spec.Arguments]);
    }
}
