namespace Harness.Cli.Actions;

/// <summary>The resources of this machine that a run used.</summary>
/// <param name="Time">From the first host's start to the last one's end, including image builds.</param>
/// <param name="AtOnce">The maximum number of concurrent QEMU hosts.</param>
/// <param name="Jobs">The allowed number.</param>
/// <param name="PeakBytes">The peak memory in RAM: the harness and its children.</param>
/// <param name="PeakChildrenBytes">Of its children alone: mainly QEMU.</param>
internal sealed record RunCost(TimeSpan Time, int AtOnce, int Jobs, long PeakBytes, long PeakChildrenBytes);
