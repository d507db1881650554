namespace Harness.Model.Ownership;

/// <summary>
/// A transition of the hypervisor's page states, by the name it has there without its prefix __pkvm_.
/// </summary>
/// <param name="Name">"host_donate_guest".</param>
/// <param name="Since">The first kernel read that has it.</param>
/// <param name="Transition">The transition of the newest pKVM machine that takes it.</param>
public sealed record PageStateCall(string Name, string Since, string Transition);
