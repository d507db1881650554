namespace Harness.Model.Registers;

/// <summary>Why KVM_SET_ONE_REG refuses a register of another host.</summary>
/// <param name="Name">Unique among these rules, short, stable.</param>
/// <param name="Source">Its place in the kernel.</param>
/// <param name="Says">The rule in one sentence.</param>
public sealed record RegisterRule(string Name, Source Source, string Says) : Statement(Name, Source, Says);
