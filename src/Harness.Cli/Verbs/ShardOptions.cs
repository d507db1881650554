using System.CommandLine;
using System.CommandLine.Parsing;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Runs.Sharding;

namespace Harness.Cli.Verbs;

/// <summary>The options of run that make it one shard of a whole.</summary>
internal sealed record ShardOptions(Option<string?> Part, Option<string?> Night, Option<string?> Times)
{
    public static ShardOptions Create()
    {
        var part = new Option<string?>("--shard")
        {
            Description =
                "Only a part of the run: 3/8 is the third of eight parts that take about the same time. 'harness db merge' makes one run of them.",
            HelpName = "K/N",
        };
        part.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Shard.Parse(text) is null)
                result.AddError(
                    $"--shard: '{text}' is not a part of a run (allowed: 1/8 to 8/8, of at most {Shard.Most})"
                );
        });
        return new ShardOptions(
            part,
            new Option<string?>("--night")
            {
                Description =
                    "What all shards of one run have in common and no other run has, such as the job's id: only those are merged. Without it, the files that are merged must be of one run.",
                HelpName = "NAME",
            },
            new Option<string?>("--shard-times")
            {
                Description =
                    "How long cases take on each target, from 'harness db times': the same file for all shards. Otherwise all cases count the same.",
                HelpName = "FILE",
            }
        );
    }

    public void Validate(CommandResult result, Option<bool> forGit)
    {
        if (result.GetValue(Night) is { } night && string.IsNullOrWhiteSpace(night))
            result.AddError("--night: the name is empty");
        if (result.GetValue(Part) is not null)
        {
            if (result.GetValue(forGit))
                result.AddError($"--shard and {GitBisectCodes.Option}: one of them");
            return;
        }
        foreach (var other in new[] { Night, Times })
            if (result.GetValue(other) is not null)
                result.AddError($"{other.Name} is for a part of a run: give --shard, too");
    }

    public ShardRequest? RequestOf(ParseResult parsed, string directory) =>
        parsed.GetValue(Part) is { } part
            ? new ShardRequest(
                Shard.Parse(part)!,
                parsed.GetValue(Night),
                parsed.GetValue(Times) is { } file
                    ? ShardTimesFile.Load(Path.GetFullPath(file, directory))
                    : new Dictionary<string, double>()
            )
            : null;
}
