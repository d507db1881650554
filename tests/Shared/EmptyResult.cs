using Harness.Protocol;

namespace Harness.Tests;

/// <summary>Results of steps with only an errno. Compiled into each project that simulates a probe.</summary>
internal static class EmptyResult
{
    public static StepResult Of(Step step, int errno = 0)
    {
        var constructor = step.GetType().BaseType!.GetGenericArguments().Single().GetConstructors().Single();
        object?[] arguments = [.. constructor.GetParameters().Select(p => p.HasDefaultValue ? p.DefaultValue : false)];
        return (StepResult)constructor.Invoke(arguments) with { Errno = errno };
    }
}
