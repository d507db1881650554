namespace Harness.Store;

/// <summary>A case. Its id is the hash of its definition, so the same id always means the same case.</summary>
/// <param name="Class">What it is a variant of, for grouping.</param>
/// <param name="Title">The case's key, one line.</param>
/// <param name="Definition">A JSON object.</param>
public sealed record CaseRecord(string Id, string Class, string Title, string Definition);
