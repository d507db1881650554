namespace Harness.KernelMutants;

/// <summary>A kernel can't be made wrong as the list says, or can't be built.</summary>
internal sealed class MutantException(string message) : Exception(message);
