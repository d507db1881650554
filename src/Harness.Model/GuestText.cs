using Harness.Model.Dimensions;

namespace Harness.Model;

/// <summary>
/// The words of guests' stage-1 types and operations. Changing one of the first two tables changes case ids.
/// </summary>
public static class GuestText
{
    public static string Word(EffectiveType type) => CaseValues.StageOnes.Of(type);

    public static string Word(GuestOperation operation) => CaseValues.Operations.Of(operation);

    /// <summary>One or several results, joined by "or".</summary>
    public static string Word(GuestResult ends) =>
        string.Join(" or ", Words.Where(w => (ends & w.End) != 0).Select(w => w.Text));

    private static readonly (GuestResult End, string Text)[] Words =
    [
        (GuestResult.Works, "works"),
        (GuestResult.AlignmentFault, "alignment fault, DFSC 0x21"),
        (GuestResult.RunFails, "KVM_RUN fails with EFAULT"),
        (GuestResult.ExclusiveFault, "data abort, DFSC 0x35"),
        (GuestResult.ExternalAbort, "external abort, DFSC 0x10"),
        (GuestResult.NoEffect, "STXR never stores"),
        (GuestResult.FetchRefused, "permission fault of stage 1"),
        (GuestResult.WrongValue, "reads something else"),
        (GuestResult.NoTranslation, "AT finds no translation"),
        (GuestResult.Undefined, "undefined instruction"),
        (GuestResult.Other, "something else"),
    ];
}
