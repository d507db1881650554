using System.Globalization;
using System.Security.Cryptography;

namespace Harness.Store;

/// <summary>
/// Ids of runs: the UTC second of the start and four random hex digits, "2026-11-21T04-12-33Z-ab12". They sort by time.
/// </summary>
public static class RunId
{
    public static string New(DateTimeOffset started) =>
        started.UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", CultureInfo.InvariantCulture)
        + "-"
        + RandomNumberGenerator.GetHexString(4, lowercase: true);
}
