namespace Harness.Protocol;

/// <summary>A step of a program, by its place: what its result is looked up by.</summary>
/// <param name="Index">From 0.</param>
public readonly record struct StepHandle(int Index);

/// <summary>A step of a program that returns a <typeparamref name="TResult"/>.</summary>
/// <param name="Index">From 0.</param>
public readonly record struct StepHandle<TResult>(int Index)
    where TResult : StepResult
{
    public static implicit operator StepHandle(StepHandle<TResult> step) => new(step.Index);
}
