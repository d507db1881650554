using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class AuditVerb
{
    public static Command Create(VerbContext context)
    {
        var policy = new Option<string[]>("--policy") { Description = "Only this policy; may be given again.", HelpName = "P" };
        var json = VerbContext.Json();
        var command = new Command("audit", "Walks the whole input space of each policy and says which safety properties it breaks, by the smallest example.")
            { policy, json }.WithExamples(
            "audit",
            "audit --policy proposal-v3 --policy mainline-7.2",
            "audit --policy mainline-6.16 --json");
        command.SetAction((parsed, cancel) => Task.FromResult(
            AuditAction.Execute(PolicyNames.Several(parsed.GetValue(policy)), parsed.GetValue(json), context.Console, cancel)));
        return command;
    }
}
