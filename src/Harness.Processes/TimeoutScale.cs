using System.Globalization;

namespace Harness.Processes;

/// <summary>
/// One factor for every timeout in the harness, from the environment variable HARNESS_SLOWDOWN (default 1), for slow or
/// loaded machines.
/// </summary>
public static class TimeoutScale
{
    public const string Variable = "HARNESS_SLOWDOWN";

    private static readonly Lazy<double> FromEnvironment = new(() =>
        Parse(Environment.GetEnvironmentVariable(Variable))
    );

    /// <exception cref="FormatException">The variable is not a number from 0.1 to 1000.</exception>
    public static double Factor => FromEnvironment.Value;

    /// <summary>The scaled timeout. Infinite stays infinite.</summary>
    public static TimeSpan Scale(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan ? timeout : timeout * Factor;

    internal static double Parse(string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
            return 1;
        return
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var factor)
            && factor is >= 0.1 and <= 1000
            ? factor
            : throw new FormatException($"{Variable}='{value}' is not a number from 0.1 to 1000: correct or unset it");
    }
}
