namespace Harness.Findings;

/// <summary>Files of findings can't be used. The message is one line for each of them.</summary>
public sealed class FindingException(IReadOnlyList<string> faults) : Exception(string.Join('\n', faults));

/// <summary>The first error in a file.</summary>
/// <param name="line">From 1; 0 for the file as a whole.</param>
/// <param name="field">"affected[1].first"; empty for the file.</param>
/// <param name="what">What is wrong, and what is allowed.</param>
internal sealed class FindingFault(int line, string field, string what) : Exception(what)
{
    public string In(string file) =>
        (line > 0 ? $"{file}:{line}: " : $"{file}: ") + (field.Length > 0 ? $"{field}: " : "") + Message;
}
