namespace Harness.Store.Comparing;

/// <summary>The rules of a policy in the model of a run.</summary>
public static class PolicyRules
{
    /// <summary>Their names, in order; empty if no host of the store was judged by it.</summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public static IReadOnlyList<string> Names(ResultStore store, string modelHash, string policy) =>
        store.Read(connection =>
            connection.Rows(
                "SELECT name FROM rule WHERE model_hash = ?1 AND policy = ?2 ORDER BY ordinal",
                row => row.Text("name"),
                modelHash,
                policy
            )
        );
}
