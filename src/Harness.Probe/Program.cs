using Harness.Probe;
using Harness.Probe.Kvm.Native;
using Harness.Protocol;

if (args.Length == 2 && args[0] == "--hash")
    return new Supervisor(args[1], Math.Min(Environment.ProcessorCount, LineProtocol.UsualWorkers)).Run();
if (
    args.Length == 4
    && args[0] == "--hash"
    && args[2] == "--workers"
    && int.TryParse(args[3], out int workers)
    && workers > 0
)
    return new Supervisor(args[1], workers).Run();
if (args.Length == 2 && args[0] == "--worker")
    return Worker.Run(args[1]);
ErrorOutput.Write(
    "usage: Harness.Probe --hash SHA256 [--workers N]   (started by the harness; requests on stdin, replies on stdout)"
);
return 2;
