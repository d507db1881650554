namespace Harness.Processes;

/// <summary>The command line that starts a program in a session of its own, to die with the harness.</summary>
/// <param name="Program">setpriv(1).</param>
/// <param name="Arguments">Its arguments, the program's among them.</param>
internal sealed record SessionCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <exception cref="ProgramNotFoundException">There is no such program: told before anything is
    /// started.</exception>
    public static SessionCommand Of(ProcessSpec spec)
    {
        var path = spec.Environment.TryGetValue("PATH", out var own) ? own : null;
        var program = ProgramPath.Find(spec.Program, path)
            ?? throw new ProgramNotFoundException(
                spec.Program,
                spec.Program.Contains('/', StringComparison.Ordinal) ? "its folder" : "PATH"
            );
        // setsid(1) executes in place: a child of ours is never the leader of a process group, the one case in
        // which it would fork; setpriv(1) does, too. So the pid that we get is the program's.
        return new SessionCommand("setpriv", ["--pdeathsig", "KILL", "--", "setsid", "--", program, .. spec.Arguments]);
    }
}
