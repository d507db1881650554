using Harness.Cli;

return await HarnessCommand.InvokeAsync(args, HarnessConsole.OfProcess(), HarnessActions.Real);
