using System.Diagnostics;
using System.Runtime.InteropServices;

// A program that misbehaves on demand, for tests of process runners. Each verb is one way to misbehave.
var output = Console.OpenStandardOutput();
var errors = Console.OpenStandardError();
switch (args)
{
    case ["say", var toOutput, var toErrors, var code]:
        Say(output, toOutput);
        Say(errors, toErrors);
        return int.Parse(code);

    case ["arguments", .. var rest]:
        foreach (var argument in rest)
            Say(output, argument + "\0");
        return 0;

    case ["environment", var name]:
        Say(output, Environment.GetEnvironmentVariable(name) ?? "(unset)");
        return 0;

    case ["copy"]:
        using (var input = Console.OpenStandardInput())
            input.CopyTo(output);
        return 0;

    case ["refuse-input"]:
        return 0;

    // Ready is announced, so that a test can wait for it.
    case ["hang"]:
        Say(output, "ready\n");
        Thread.Sleep(Timeout.Infinite);
        return 0;

    case ["hang-deaf"]:
        using (PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => c.Cancel = true))
        {
            Say(output, "ready\n");
            Thread.Sleep(Timeout.Infinite);
        }
        return 0;

    case ["leave-quietly"]:
        using (PosixSignalRegistration.Create(PosixSignal.SIGTERM, c =>
            {
                c.Cancel = true;
                Say(errors, "leaving\n");
                Environment.Exit(7);
            }))
        {
            Say(output, "ready\n");
            Thread.Sleep(Timeout.Infinite);
        }
        return 0;

    // A grandchild that inherits our stdout and stderr and survives us.
    case ["orphan", var code]:
        var grandchild = Process.Start(new ProcessStartInfo("sleep", ["1000"]) { UseShellExecute = false })!;
        Say(output, $"{grandchild.Id}\n");
        return int.Parse(code);

    case ["parent-that-hangs"]:
        var child = Process.Start(new ProcessStartInfo("sleep", ["1000"]) { UseShellExecute = false })!;
        Say(output, $"{child.Id}\n");
        Thread.Sleep(Timeout.Infinite);
        return 0;

    case ["die-in-mid-line", var signal]:
        Say(output, "a whole line\nhalf a li");
        Process.Start("kill", [$"-{signal}", $"{Environment.ProcessId}"])!.WaitForExit();
        Thread.Sleep(Timeout.Infinite);
        return 0;

    case ["flood", var megabytes]:
        var block = new byte[1 << 20];
        Array.Fill(block, (byte)'x');
        block[^1] = (byte)'\n';
        for (int i = 0; i < int.Parse(megabytes); i++)
        {
            output.Write(block);
            errors.Write(block, 0, 1 << 10);
        }
        Say(errors, "the last words");
        return 0;

    default:
        Say(errors, "unknown verb\n");
        return 64;
}

static void Say(Stream to, string text)
{
    to.Write(System.Text.Encoding.UTF8.GetBytes(text));
    to.Flush();
}
