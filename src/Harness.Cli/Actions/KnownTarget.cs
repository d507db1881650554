using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Facts;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>The facts of a target from its last run, for commands that need them without the machine.</summary>
internal static class KnownTarget
{
    /// <exception cref="UsageException">It has not run yet.</exception>
    public static HostProfile Profile(string target, string database)
    {
        string? facts = File.Exists(database)
            ? ResultStore
                .Open(database)
                .Runs()
                .SelectMany(r => r.Hosts)
                .FirstOrDefault(h => h.Host.Target == target && h.Host.Facts is not null)
                ?.Host.Facts
            : null;
        return facts is null
            ? throw new UsageException(
                $"{database} holds no run on target '{target}', so its facts are not known: run it first ({Hint.Program} identify {target} --db {Processes.ShellQuote.Word(database)} is quick)"
            )
            : FactsReader.Read(Messages.ReadFields(facts));
    }
}
