using Harness.Model.Ownership;

namespace Harness.Reports.Outcomes;

/// <summary>Operations of lifecycle cases by who does them, or what they are done to, where there is no room for each.</summary>
public static class OperationGroup
{
    public static IReadOnlyList<string> All { get; } = ["VM", "file", "slots", "host", "guest"];

    public static string Of(Act operation) => operation switch
    {
        Act.Create or Act.Destroy => "VM",
        Act.Load or Act.Store or Act.Copy or Act.Peek => "host",
        Act.Unbind or Act.Bind or Act.SetPrivate or Act.SetShared => "slots",
        Act.Truncate or Act.ReadFile or Act.WriteFile or Act.CloseFile => "file",
        Act.OtherLoad => "guest",
        _ => ActText.Word(operation).Split('-')[0] switch
        {
            "bind" => "slots",
            "guest" => "guest",
            "make" or "map" or "punch" or "allocate" => "file",
            // What only a model's systems do, and no probe: a hypervisor's or a host kernel's own.
            _ => "host",
        },
    };
}
