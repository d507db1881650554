using Harness.Cases;
using Harness.Model.Programs;

namespace Harness.Cli.Actions;

/// <summary>A file of programs, a key on each line; lines that begin with # are comments.</summary>
internal sealed class ProgramCorpus
{
    private readonly string? _path;

    private ProgramCorpus(string? path, IReadOnlyList<ProgramCase> programs) => (_path, Programs) = (path, programs);

    public IReadOnlyList<ProgramCase> Programs { get; }

    /// <param name="path">Null, or a file that there may not be yet.</param>
    /// <exception cref="UsageException">A line is no program.</exception>
    public static ProgramCorpus Read(string? path)
    {
        if (path is null || !File.Exists(path))
            return new ProgramCorpus(path, []);
        var programs = new List<ProgramCase>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            programs.Add(
                AllCases.WithKey(line) as ProgramCase
                    ?? throw new UsageException(
                        $"{path}, line {number}: '{line}' is not the key of a program that a machine can run"
                    )
            );
        }
        return new ProgramCorpus(path, programs);
    }

    /// <summary>Adds the programs that the file does not have.</summary>
    public void Add(IReadOnlyList<ProgramCase> programs)
    {
        string[] more = [.. programs.Except(Programs).Select(p => p.Key)];
        if (_path is not null && more.Length > 0)
            File.AppendAllLines(_path, more);
    }
}
