namespace Harness.Model;

/// <summary>Where a rule comes from, so that it can be read beside the original.</summary>
/// <param name="Function">The kernel's function, or who wrote the mail and when.</param>
/// <param name="File">Its file in the kernel tree, or the mail's subject.</param>
/// <param name="Since">The first kernel release read that decides so; null for a mail.</param>
/// <param name="Note">What helps to find the line: the condition in the kernel's words, a commit, a mail.</param>
public sealed record Source(string Function, string File, string? Since, string? Note = null)
{
    /// <summary>A proposal: it is in no kernel.</summary>
    public static Source Mail(string who, string subject, string note) => new(who, subject, null, note);

    /// <summary>A section of a specification that is nobody's kernel.</summary>
    public static Source Specification(string document, string section, string note) =>
        new(document, section, null, note);

    public override string ToString() =>
        Since is null
            ? $"{Function}, \"{File}\": {Note}"
            : $"{Function}(), {File}, {Since}+{(Note is null ? "" : $": {Note}")}";
}
