using System.Text;
using System.Text.Json;

namespace Harness.Cli.Configuration;

/// <summary>Reads harness.json.</summary>
public static class ConfigurationFile
{
    public const string Name = "harness.json";

    /// <summary>
    /// Reads and checks a file. Paths in it are returned absolute: "~/" is the user's directory, and others are
    /// relative to the file's.
    /// </summary>
    /// <exception cref="ConfigurationException">It can't be read, or has errors: all of them are listed.</exception>
    public static HarnessConfiguration Load(string path)
    {
        return Parse(Bytes(path), path);
    }

    internal static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string what = e is FileNotFoundException or DirectoryNotFoundException
                ? "the file does not exist"
                : e.Message;
            throw new ConfigurationException([new ConfigurationFault(path, 0, "", what)]);
        }
    }

    /// <summary>Searches a directory and its parents for the file, as git does for its repository; or null.</summary>
    public static string? Find(string directory)
    {
        for (var at = new DirectoryInfo(directory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, Name);
            if (File.Exists(candidate))
                return candidate;
        }
        return null;
    }

    /// <summary>As <see cref="Load"/>, for bytes already read.</summary>
    public static HarnessConfiguration Parse(byte[] utf8, string path)
    {
        var check = new SchemaCheck(path);
        if (Tree(utf8, check) is { } root)
        {
            check.Check(root, ConfigurationSchema.Create(), "");
            CheckMeaning(root, check);
        }
        if (check.Faults.Count > 0)
            throw new ConfigurationException([.. check.Faults.OrderBy(f => f.Line)]);
        var configuration = JsonSerializer.Deserialize<HarnessConfiguration>(
            WithoutMark(utf8),
            ConfigurationSchema.Options
        )!;
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return configuration with
        {
            Targets = configuration.Targets.ToDictionary(t => t.Key, t => WithPaths(t.Value, directory)),
        };
    }

    internal static JsonSpot? Tree(byte[] utf8, SchemaCheck check)
    {
        var text = WithoutMark(utf8);
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(text);
            return JsonSpot.Parse(text);
        }
        catch (DecoderFallbackException e)
        {
            check.Fault(text[..e.Index].Count((byte)'\n') + 1, "", "the text is not UTF-8");
        }
        catch (JsonException e)
        {
            string what = e.Message.Split(" LineNumber:")[0].TrimEnd('.');
            check.Fault((int)(e.LineNumber ?? 0) + 1, "", $"not JSON: {what}");
        }
        catch (InvalidOperationException)
        {
            check.Fault(0, "", "not JSON: a string holds half of a surrogate pair");
        }
        return null;
    }

    /// <summary>Checks that the types alone can't express.</summary>
    private static void CheckMeaning(JsonSpot root, SchemaCheck check)
    {
        var targets = root.Member("targets");
        foreach (var (name, target) in targets?.Members.Select(m => (m.Name, m.Value)) ?? [])
            if (target.Member("kind")?.Text == "qemu")
                CheckMemory(target, SchemaCheck.Join("targets", name), check);
            else if (target.Member("kind")?.Text == "pool")
                CheckPool(target, SchemaCheck.Join("targets", name), check);
        var cpus = root.Member("cpus");
        foreach (var cpu in cpus?.Members ?? [])
            CheckMemory(cpu.Value, SchemaCheck.Join("cpus", cpu.Name), check);
        foreach (var suite in root.Member("suites")?.Members ?? [])
            new SuiteCheck(
                check,
                [.. targets?.Members.Select(m => m.Name) ?? []],
                [.. cpus?.Members.Select(m => m.Name) ?? []]
            ).Check(suite.Value, SchemaCheck.Join("suites", suite.Name));
    }

    private static void CheckPool(JsonSpot pool, string path, SchemaCheck check)
    {
        FilterCheck.Check(check, pool, "health", path, pairs: false);
        var reached = new Dictionary<(string?, string?, string?), string>();
        foreach (var (name, machine) in pool.Member("machines")?.Members.Select(m => (m.Name, m.Value)) ?? [])
            if (!reached.TryAdd(Reached(machine), name))
                check.Fault(
                    machine.Line,
                    SchemaCheck.Join(SchemaCheck.Join(path, "machines"), name),
                    $"it is the same machine as {reached[Reached(machine)]} (allowed: each once)"
                );

        static (string?, string?, string?) Reached(JsonSpot machine) =>
            (machine.Member("destination")?.Shown, machine.Member("port")?.Shown, machine.Member("sshConfig")?.Shown);
    }

    private static void CheckMemory(JsonSpot machine, string path, SchemaCheck check)
    {
        long all = machine.Member("memoryMiB") is { } m && m.TryInteger(out long given) ? given : 2048;
        var kernel = machine.Member("kernelMemoryMiB");
        long known = kernel is not null && kernel.TryInteger(out long seen) ? seen : 1536;
        if (known >= all)
            check.Fault(
                (kernel ?? machine).Line,
                SchemaCheck.Join(path, "kernelMemoryMiB"),
                $"{known} leaves nothing of the machine's {all} MiB (allowed: less than memoryMiB)"
            );
    }

    private static TargetConfiguration WithPaths(TargetConfiguration target, string directory) =>
        target switch
        {
            SshTargetConfiguration ssh => WithPaths(ssh, directory),
            PoolTargetConfiguration pool => pool with
            {
                Machines = new OrderedDictionary<string, SshTargetConfiguration>(
                    pool.Machines.Select(m => KeyValuePair.Create(m.Key, WithPaths(m.Value, directory)))
                ),
            },
            _ => target,
        };

    private static SshTargetConfiguration WithPaths(SshTargetConfiguration ssh, string directory) =>
        ssh with
        {
            IdentityFile = Absolute(ssh.IdentityFile, directory),
            KnownHostsFile = Absolute(ssh.KnownHostsFile, directory),
            SshConfig = ssh.SshConfig == "none" ? "none" : Absolute(ssh.SshConfig, directory),
        };

    private static string? Absolute(string? path, string directory) =>
        path switch
        {
            null => null,
            _ when path.StartsWith("~/", StringComparison.Ordinal) => Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                path[2..]
            ),
            _ => Path.GetFullPath(path, directory),
        };

    internal static ReadOnlySpan<byte> WithoutMark(byte[] utf8)
    {
        ReadOnlySpan<byte> text = utf8;
        return text.StartsWith("\uFEFF"u8) ? text[3..] : text;
    }
}
