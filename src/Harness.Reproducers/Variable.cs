namespace Harness.Reproducers;

/// <summary>A variable of a program, as the C program has it.</summary>
/// <param name="Name">In C.</param>
/// <param name="Kind">Its kind.</param>
internal sealed record Variable(string Name, VariableKind Kind)
{
    /// <summary>For a mapping, in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>A mapping inside a reservation.</summary>
    public bool Reserved { get; init; }

    /// <summary>For a VFIO region: the device's variable.</summary>
    public string? Device { get; init; }
}

internal enum VariableKind
{
    Descriptor,
    Vm,
    Vcpu,
    Mapping,
    Region,
    Scenario,
}
