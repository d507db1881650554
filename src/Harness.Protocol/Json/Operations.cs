using System.Collections.Frozen;

namespace Harness.Protocol.Json;

/// <summary>
/// The names of steps and of their results, from the attributes of <see cref="Step"/> and <see cref="StepResult"/>.
/// </summary>
internal static class Operations
{
    private static readonly FrozenDictionary<Type, string> Names = new[]
    {
        Lines.Json.Step.PolymorphismOptions!,
        Lines.Json.StepResult.PolymorphismOptions!,
    }
        .SelectMany(o => o.DerivedTypes)
        .ToFrozenDictionary(d => d.DerivedType, d => (string)d.TypeDiscriminator!);

    public static string Name(Type step) => Names[step];
}
