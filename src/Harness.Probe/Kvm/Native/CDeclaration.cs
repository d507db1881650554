namespace Harness.Probe.Kvm.Native;

/// <summary>The C struct that a struct mirrors; a test compares size and offsets with a C compiler.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class CStructAttribute(string name, string header) : Attribute
{
    public string Name { get; } = name;

    public string Header { get; } = header;
}

/// <summary>The C member that a field mirrors, as offsetof() takes it: "mmio.phys_addr".</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class CFieldAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>The C constant that a constant or a computed value mirrors.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class CConstantAttribute(string name, string header) : Attribute
{
    public string Name { get; } = name;

    public string Header { get; } = header;
}
