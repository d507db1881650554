using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class AuditVerb
{
    public static Command Create(VerbContext context)
    {
        var policy = new Option<string[]>("--policy")
        {
            Description = "Only this policy; may be given again.",
            HelpName = "P",
        };
        var system = new Option<string[]>("--system")
        {
            Description = "Only this system; may be given again.",
            HelpName = "S",
        };
        var json = VerbContext.Json();
        var command = new Command(
            "audit",
            "Walks the whole input space of each policy, and every state of a page in each system of private memory, and prints which safety properties are violated, with the smallest example."
        )
        {
            policy,
            system,
            json,
        }.WithExamples(
            "audit",
            "audit --policy proposal-v3 --policy mainline-7.2",
            "audit --policy mainline-6.16 --json",
            "audit --system gunyah-v17 --system gunyah-fixup      # page ownership only"
        );
        command.SetAction(
            (parsed, cancel) =>
            {
                string[] policies = parsed.GetValue(policy) ?? [];
                string[] systems = parsed.GetValue(system) ?? [];
                // Naming one kind selects that kind only.
                return Task.FromResult(
                    AuditAction.Execute(
                        policies.Length == 0 && systems.Length > 0 ? [] : PolicyNames.Several(policies),
                        systems.Length == 0 && policies.Length > 0 ? [] : SystemNames.Several(systems),
                        parsed.GetValue(json),
                        context.Console,
                        cancel
                    )
                );
            }
        );
        return command;
    }
}
