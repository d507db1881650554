using System.Globalization;
using Harness.Model.Migrations;

namespace Harness.Model.Dimensions;

/// <summary>How a VMM migrates a VM; its memory and slot use the dimensions of cases.</summary>
public static class MigrationDimensions
{
    /// <summary>Those that every migration shares with cases.</summary>
    public static IReadOnlyList<Dimension<Case>> OfMemory { get; } =
    [
        CaseDimensions.Backing,
        CaseDimensions.Memory,
        CaseDimensions.Type,
        CaseDimensions.Sharing,
        CaseDimensions.AnyUncached,
        CaseDimensions.Provider,
        CaseDimensions.GuestMemory,
        CaseDimensions.Slot,
        CaseDimensions.Size,
        CaseDimensions.Late,
        CaseDimensions.Mte,
    ];

    public static IReadOnlyList<Dimension<Migration>> Attributes { get; } =
    [
        new("precopy", "memory travels while the guest runs", Dimension.NoYes, m => Dimension.Word(m.PreCopy))
        {
            Usual = "no",
        },
        new("asks", "the VMM compares capabilities before it makes anything", Dimension.NoYes, m =>
            Dimension.Word(m.ChecksCapabilities)
        )
        {
            Usual = "no",
        },
        new(
            "registers",
            "which registers the VMM insists on",
            [new("some", "those that are not refused"), new("all", "all")],
            m => m.AllRegisters ? "all" : "some"
        )
        {
            Usual = "some",
        },
        new("ipa", "bits of guest physical addresses", [], m => m.PhysicalBits.ToString(CultureInfo.InvariantCulture))
        {
            Usual = "40",
            Open = true,
        },
    ];

    /// <summary>Whether a migration runs by default; Harness.Cases defines that set.</summary>
    public static Dimension Quick { get; } =
        new("quick", "the migration is of the quick set", Dimension.NoYes) { Usual = "no" };
}
