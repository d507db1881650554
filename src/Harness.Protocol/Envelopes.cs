namespace Harness.Protocol;

/// <summary>The probe's first line.</summary>
/// <param name="Protocol"><see cref="LineProtocol.Version"/> of the probe.</param>
/// <param name="Probe">SHA-256 of the probe, hex, as given to it on its command line by the deployer.</param>
/// <param name="Runtime">For people: ".NET 10.0.1".</param>
/// <param name="Pid">Process id on the target.</param>
/// <param name="BootId">/proc/sys/kernel/random/boot_id.</param>
public sealed record Hello(int Protocol, string Probe, string Runtime, int Pid, string BootId);

/// <summary>A request of the harness. Exactly one of the two members is set.</summary>
/// <param name="Id">Chosen by the harness, repeated in the reply.</param>
/// <param name="Run">The program to run.</param>
/// <param name="Facts">Requests the host's facts.</param>
public sealed record Request(long Id, ProbeProgram? Run = null, FactsQuery? Facts = null);

/// <summary>A query for the host's facts.</summary>
/// <param name="Pci">The addresses of the PCI devices that programs may use: "0000:00:10.0".</param>
public sealed record FactsQuery(IReadOnlyList<string> Pci);

/// <summary>A reply of the probe. Exactly one of the three members is set.</summary>
/// <param name="Id">That of the request; 0 if it could not be read.</param>
/// <param name="Observation">For a program.</param>
/// <param name="Facts">For a facts query.</param>
/// <param name="Error">Why there is neither: the request is invalid, or the facts could not be collected.</param>
public sealed record Reply(long Id, Observation? Observation = null, Fields? Facts = null, string? Error = null);

/// <summary>A request without its steps: what is needed to forward it and to wait for it.</summary>
/// <param name="Id">As in <see cref="Request"/>.</param>
/// <param name="IsFacts">It is a facts query.</param>
/// <param name="Case">As in <see cref="ProbeProgram"/>; empty for a facts query.</param>
/// <param name="DeadlineMs">As in <see cref="ProbeProgram"/>.</param>
/// <param name="Alone">As in <see cref="ProbeProgram"/>; facts are collected alone.</param>
public sealed record RequestHead(long Id, bool IsFacts, string Case, int DeadlineMs, bool Alone = false);
