using Harness.Cli;
using Harness.Reports;

if (Installation.Root is null)
    RerunCommand.Program = "harness";
using var hangup = new Hangup(HarnessCommand.TerminationTimeout);
return await HarnessCommand.InvokeAsync(args, HarnessConsole.OfProcess(), HarnessActions.Real, hangup.Token);
