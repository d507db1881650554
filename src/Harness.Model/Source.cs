namespace Harness.Model;

/// <summary>Where a rule comes from, so that it can be read beside the original.</summary>
/// <param name="Function">The kernel's function.</param>
/// <param name="File">Its file in the kernel tree.</param>
/// <param name="Since">The first kernel release read that decides so.</param>
/// <param name="Note">What helps to find the line: the condition in the kernel's words, a commit, a mail.</param>
public sealed record Source(string Function, string File, string Since, string? Note = null)
{
    public override string ToString() =>
        $"{Function}(), {File}, {Since}+{(Note is null ? "" : $": {Note}")}";
}
