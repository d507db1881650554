using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Cases.Families;

/// <summary>
/// The capabilities that concern memory, a case for each: on every host its values must be those that follow from the
/// kernel's release, the CPU and the mode.
/// </summary>
internal static class Capabilities
{
    /// <summary>KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES: the policies have the sizes of the 4 KiB granule.</summary>
    public const int BlockSizes = 229;

    /// <summary>
    /// Without those with a value that follows from another capability: harness identify compares these with it.
    /// </summary>
    public static CaseFamily Family { get; } =
        new("capability", "what KVM_CHECK_EXTENSION returns for the capabilities that concern memory", () =>
            PolicyCatalog
                .All.SelectMany(p => p.Capabilities)
                .GroupBy(c => c.Number)
                .Where(g => g.All(c => c.Like is null))
                .OrderBy(g => g.Key)
                .Select(g => new CapabilityCase(g.Key))
        );
}
