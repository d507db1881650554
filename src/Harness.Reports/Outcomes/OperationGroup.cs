using Harness.Model.Ownership;

namespace Harness.Reports.Outcomes;

/// <summary>
/// Operations of lifecycle cases in groups, by who does them or by their object, if there is no space for each.
/// </summary>
public static class OperationGroup
{
    public static IReadOnlyList<string> All { get; } = ["VM", "file", "slots", "host", "guest"];

    public static string Of(Operation operation) =>
        operation switch
        {
            Operation.Create or Operation.Destroy => "VM",
            Operation.Load or Operation.Store or Operation.Copy or Operation.Peek => "host",
            Operation.Unbind or Operation.Bind or Operation.SetPrivate or Operation.SetShared => "slots",
            Operation.Truncate or Operation.ReadFile or Operation.WriteFile or Operation.CloseFile => "file",
            Operation.OtherLoad => "guest",
            _ => OperationText.Word(operation).Split('-')[0] switch
            {
                "bind" => "slots",
                "guest" => "guest",
                "make" or "map" or "punch" or "allocate" => "file",
                // Operations of a hypervisor or a host kernel, which exist only in model systems and not in the probe.
                _ => "host",
            },
        };
}
