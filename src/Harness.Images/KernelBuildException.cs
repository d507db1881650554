namespace Harness.Images;

/// <summary>A kernel can't be built from its source: make's first error.</summary>
public sealed class KernelBuildException(string message) : ImageException(message);
