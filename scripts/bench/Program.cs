using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Harness.Bench;

if (args is ["kernel-logs", ..])
    return KernelLogBench.Run(args[1..]);
if (args is ["store", ..])
    return await StoreBench.RunAsync(args[1..]);
if (args is ["site", ..])
    return await SiteBench.RunAsync(args[1..]);
if (args is ["profile", ..])
    return await CaseProfile.RunAsync(args[1..]);

// In this process: BenchmarkDotNet 0.14 can't build projects for .NET 10 by itself.
var config = DefaultConfig
    .Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .WithOption(ConfigOptions.DisableLogFile, true)
    .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "harness-bench"));
BenchmarkSwitcher.FromAssembly(typeof(Walks).Assembly).Run(args.Length > 0 ? args : ["--filter", "*"], config);
return 0;
