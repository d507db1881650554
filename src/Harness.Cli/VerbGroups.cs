namespace Harness.Cli;

/// <summary>The commands by what one does with them, each in one line, for help.</summary>
internal static class VerbGroups
{
    /// <summary>Every command of the root is in one group.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<(string Name, string Says)> Verbs)> All { get; } =
    [
        (
            "Set up",
            [
                ("init", "Writes a harness.json to start from"),
                ("targets", "Lists the targets of harness.json"),
                ("images", "Guest images of the hosts that the harness boots under QEMU"),
                (
                    "completion",
                    "Prints a script with which a shell completes commands, options, suites, targets, policies, runs and filters"
                ),
            ]
        ),
        (
            "Run cases on hosts",
            [
                ("run", "Runs cases on targets, judges, stores and prints the verdicts"),
                (
                    "migrate",
                    "Migrates VMs between live hosts, and reports where the migration ended and whether that is allowed"
                ),
                ("bisect", "Boots kernels to find the first that decides a case differently"),
                ("explore", "Runs random programs on a host, and shrinks those that do not go as predicted"),
                (
                    "identify",
                    "Prints which policies agree with a host's behaviour, and what each of the others got wrong"
                ),
                ("findings", "Lists what kernels do that is bad, and verifies on hosts that they do, or no longer do"),
                (
                    "peers",
                    "Runs the kernel's own selftests about memory beside the cases that assert the same, and compares"
                ),
            ]
        ),
        (
            "Look at results",
            [
                ("runs", "Lists the runs of a database, newest first, each with its state"),
                ("show", "Prints a stored run in short"),
                ("report", "Prints a stored run"),
                ("compare", "Prints the changes between two stored runs, host by host and case by case"),
                ("serve", "Shows databases of results in a browser"),
                ("site", "Writes the pages of harness serve as files"),
                ("export", "Prints a stored run in a format that other programs read"),
                ("evidence", "Packs what a maintainer needs to judge one result into one archive"),
                ("db", "Looks after databases of results"),
            ]
        ),
        (
            "Query the model, without hosts",
            [
                ("cases", "Lists the cases, and counts those that no machine can have"),
                (
                    "explain",
                    "Prints the rules that lead to the prediction for a case, and the resulting memory type for the guest"
                ),
                ("repro", "Writes a case as a self-contained C program"),
                ("timeline", "Shows what each kernel release decides about a case"),
                ("policies", "Lists the policies"),
                ("systems", "Lists the systems of private memory"),
                ("diff-policies", "Prints what two policies decide differently, over the whole input space"),
                (
                    "audit",
                    "Walks the whole input space of each policy, and every state of a page in each system of private memory, and prints which safety properties are violated"
                ),
                (
                    "coverage",
                    "Checks whether the cases take every path of each policy, and whether they detect every mistake in it"
                ),
            ]
        ),
    ];
}
