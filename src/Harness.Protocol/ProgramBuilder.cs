namespace Harness.Protocol;

/// <summary>Builds a program step by step; each step has a handle to look up its result.</summary>
public class ProgramBuilder
{
    private readonly List<Step> _steps = [];

    public IReadOnlyList<Step> Steps => _steps;

    public StepHandle<TResult> Add<TResult>(Step<TResult> step)
        where TResult : StepResult
    {
        _steps.Add(step);
        return new StepHandle<TResult>(_steps.Count - 1);
    }

    /// <param name="case">The id of the case.</param>
    /// <param name="deadlineMs">See <see cref="ProbeProgram"/>.</param>
    public ProbeProgram Build(string @case, int deadlineMs) =>
        new(@case, deadlineMs, _steps, Alone: _steps.Any(s => s.NeedsHostAlone));
}
