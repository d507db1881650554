namespace Harness.Model;

/// <summary>The source of a rule, so that both can be read side by side.</summary>
/// <param name="Function">The kernel function, or the mail's author and date.</param>
/// <param name="File">Its file in the kernel tree, or the mail's subject.</param>
/// <param name="Since">The first kernel release read that decides so; null for a mail.</param>
/// <param name="Note">Helps to find the line: the condition in the kernel's words, a commit, a mail.</param>
public sealed record Source(string Function, string File, string? Since, string? Note = null)
{
    /// <summary>A proposal: it is in no kernel.</summary>
    public static Source Mail(string who, string subject, string note) => new(who, subject, null, note);

    /// <summary>A section of a specification that is not part of a kernel.</summary>
    public static Source Specification(string document, string section, string note) =>
        new(document, section, null, note);

    public override string ToString() =>
        Since is null
            ? $"{Function}, \"{File}\": {Note}"
            : $"{Function}(), {File}, {Since}+{(Note is null ? "" : $": {Note}")}";
}
