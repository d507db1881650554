using Harness.Cli;
using Harness.Reports;

if (Installation.Root is null)
    RerunCommand.Program = "harness";
return await HarnessCommand.InvokeAsync(args, HarnessConsole.OfProcess(), HarnessActions.Real);
