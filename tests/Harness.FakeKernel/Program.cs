using Harness.Cli;
using Harness.Cli.Actions;
using Harness.FakeKernel;
using Harness.Runs;

// The command line, with simulated hosts: the behaviour of --kernel's kernel is in its Image, after its version.
// Everything else is the program's own: options, plan, judge, store, reports and exit codes.
var actions = HarnessActions.Real with
{
    Run = (request, console, cancel) =>
        RunAction.ExecuteAsync(
            request,
            console,
            (_, targets, _, kernel) =>
                [.. targets.Select(t => new RunHost(new FakeKernelHost(t.Name, kernel!.Path), "qemu"))],
            cancel
        ),
};
return await HarnessCommand.InvokeAsync(args, HarnessConsole.OfProcess(), actions);
