using Harness.Probe;

if (args.Length == 2 && args[0] == "--hash")
    return new Supervisor(args[1]).Run();
if (args.Length == 2 && args[0] == "--worker")
    return Worker.Run(args[1]);
ErrorOutput.Say("usage: Harness.Probe --hash SHA256   (started by the harness; requests on stdin, replies on stdout)");
return 2;
