namespace Harness.Protocol;

/// <summary>Identifies a step of a program, to look up its result.</summary>
/// <param name="Index">From 0.</param>
public readonly record struct StepHandle(int Index);

/// <summary>Identifies a step of a program that returns a <typeparamref name="TResult"/>.</summary>
/// <param name="Index">From 0.</param>
public readonly record struct StepHandle<TResult>(int Index)
    where TResult : StepResult
{
    public static implicit operator StepHandle(StepHandle<TResult> step) => new(step.Index);
}
