namespace Harness.Runs.KernelLogs;

/// <summary>Where in a report the function of its title is.</summary>
internal enum FunctionSource
{
    /// <summary>The title names none.</summary>
    None,

    /// <summary>In its first line, then in the stack trace.</summary>
    FirstLine,

    /// <summary>The program counter, then the stack trace.</summary>
    ProgramCounter,

    /// <summary>The stack trace.</summary>
    Stack,

    /// <summary>Where a lock was taken or released: "at: f+0x1/0x2"; else the stack trace.</summary>
    LockSite,

    /// <summary>In a line of its own: "last function: f".</summary>
    NextLine,

    /// <summary>
    /// The outermost function of the stack trace that is about the matter: a stalled CPU is interrupted anywhere below
    /// it, each time elsewhere.
    /// </summary>
    Outermost,
}
