// Each fixture has hosts and files of its own, and an emulated host is busy on one processor most of the time.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]
