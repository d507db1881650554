using Harness.Protocol;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>
/// The duration of the parts of a migration, in microseconds, and how much memory content was sent, in bytes.
/// </summary>
/// <param name="Source">In the source's probe.</param>
/// <param name="Transfer">Everything else: both connections, and this process.</param>
/// <param name="Destination">In the destination's probe.</param>
internal readonly record struct MoveTimes(long Source, long Transfer, long Destination, long Bytes)
{
    public static MoveTimes Of(TimeSpan all, Observation source, Observation? destination, long bytes)
    {
        long micros = (long)all.TotalMicroseconds;
        return new MoveTimes(
            source.Micros,
            Math.Max(0, micros - source.Micros - (destination?.Micros ?? 0)),
            destination?.Micros ?? 0,
            bytes
        );
    }

    public MigrationRecord In(MigrationRecord record) =>
        record with
        {
            SourceMicros = Source,
            TransferMicros = Transfer,
            DestinationMicros = Destination,
            Bytes = Bytes,
        };
}
