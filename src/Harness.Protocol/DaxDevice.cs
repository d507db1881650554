namespace Harness.Protocol;

/// <summary>The device-dax device that the exporter module makes.</summary>
public static class DaxDevice
{
    /// <summary>STAGE2_DAX_REGION in guest-images/exporter/stage2_exporter.h.</summary>
    public const string Name = "dax2024.0";

    public const string Path = "/dev/" + Name;

    /// <summary>Where root names devices that device_dax is to drive.</summary>
    public const string NewId = "/sys/bus/dax/drivers/device_dax/new_id";
}
