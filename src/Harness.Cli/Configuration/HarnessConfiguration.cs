using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Harness.Cli.Configuration;

/// <summary>
/// The content of harness.json. The schema, and with it the check, is generated from the attributes of the members.
/// </summary>
public sealed record HarnessConfiguration(
    [property:
        Description("The machines cases can run on, by name."),
        KeyPattern(HarnessConfiguration.Name),
        MinLength(1)
    ]
        IReadOnlyDictionary<string, TargetConfiguration> Targets,
    [property:
        Description("Named selections of targets and cases; a run without arguments uses 'default'."),
        KeyPattern(HarnessConfiguration.Name)
    ]
        IReadOnlyDictionary<string, SuiteConfiguration> Suites,
    [property: JsonPropertyName("$schema"), Description("Where an editor finds the schema.")] string? Schema = null
)
{
    /// <summary>Names of targets, suites, CPUs and tracks: they are used on command lines.</summary>
    internal const string Name = "^[a-z0-9][a-z0-9._-]*$";

    /// <summary>A track, or a point release of one: TRACK@VERSION.</summary>
    internal const string ImageName = "^[a-z0-9][a-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9.+~_-]*)?$";

    [
        Description(
            "CPUs of QEMU's with the machine around them, by name: with a track and a mode they make a host, TRACK/CPU/MODE."
        ),
        KeyPattern(Name)
    ]
    public IReadOnlyDictionary<string, CpuConfiguration> Cpus { get; init; } =
        new Dictionary<string, CpuConfiguration>();

    /// <summary>
    /// A target by name, or the host named TRACK/CPU/MODE, whether or not it is in a suite; TRACK/CPU is in mode vhe.
    /// Null if there is none. Whether the track exists is checked against guest-images.
    /// </summary>
    public (string Name, TargetConfiguration Target)? Find(string name) =>
        Targets.TryGetValue(name, out var target) ? (name, target) : Matrix.Find(name, Cpus);

    /// <summary>
    /// A CPU and a mode by CPU/MODE, or CPU alone for vhe, with the whole name; null if there is none.
    /// </summary>
    public (string Name, (CpuConfiguration Cpu, KvmModeChoice Mode) Chosen)? FindCpu(string name) =>
        Matrix.Find($"any/{name}", Cpus) is { } found
            ? (found.Name["any/".Length..], (Cpus[name.Split('/')[0]], found.Target.Mode))
            : null;

    /// <summary>The hosts of a suite, each once, in the order of the file.</summary>
    public IReadOnlyList<SuiteHost> HostsOf(SuiteConfiguration suite) =>
        [
            .. HostsOf(suite.Targets, suite.Matrix, suite.Filter),
            .. suite.Groups.SelectMany(g => HostsOf(g.Targets, g.Matrix, g.Filter ?? suite.Filter)),
        ];

    private IEnumerable<SuiteHost> HostsOf(IReadOnlyList<string> targets, MatrixConfiguration? matrix, string? filter)
    {
        var names = matrix is null
            ? targets
            : targets.Concat(
                Matrix.Names(matrix.Tracks, matrix.Cpus, [.. matrix.Modes.Select(Matrix.Word)], matrix.Except)
            );
        return names.Select(n => Find(n)!.Value).Select(h => new SuiteHost(h.Name, h.Target, filter));
    }
}
