namespace Harness.Cli.Actions;

/// <summary>What a run cost this machine.</summary>
/// <param name="Time">From the first host's start to the last one's end, images that had to be built included.</param>
/// <param name="AtOnce">The most QEMU hosts that ran side by side.</param>
/// <param name="Jobs">How many would have been allowed.</param>
/// <param name="PeakBytes">The most memory in RAM at one moment: the harness and all it started.</param>
/// <param name="PeakChildrenBytes">Of what it started alone: QEMU above all.</param>
internal sealed record RunCost(TimeSpan Time, int AtOnce, int Jobs, long PeakBytes, long PeakChildrenBytes);
