using System.Globalization;
using System.Text.Json;
using Harness.Processes;

namespace Harness.Targets;

/// <summary>
/// A private folder with a short path, for the files of one opened target: sockets, logs, pid files. It is also the
/// proof of ownership: a process with its path on the command line, and with its pid and start time recorded in it, was
/// started by the harness that owned it.
/// </summary>
public sealed class RunDirectory : IDisposable
{
    private const string Prefix = "s2h-";
    private const string OwnerFile = "owner.json";
    private const string ChildSuffix = ".pid.json";

    /// <summary>
    /// A UNIX socket's path has 108 bytes (unix(7)); ssh appends a dot and 16 random characters to ours while it
    /// creates one, and there must be room for a name.
    /// </summary>
    private const int LongestSocketPath = 85;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private RunDirectory(string path) => Path = path;

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <exception cref="TargetException">
    /// The temporary folder's path is too long for sockets, or the folder can't be written.
    /// </exception>
    public static RunDirectory Create(string target, string? parent = null)
    {
        parent ??= System.IO.Path.GetTempPath();
        var path = System.IO.Path.Combine(parent, string.Concat(Prefix, Guid.NewGuid().ToString("N").AsSpan(0, 12)));
        var longest = System.IO.Path.Combine(path, "qmp");
        if (System.Text.Encoding.UTF8.GetByteCount(longest) > LongestSocketPath)
            throw new TargetException(
                TargetFailure.Configuration,
                target,
                $"the temporary folder {parent} has too long a path for sockets: set TMPDIR to a short one, like /tmp"
            );
        // An existing one would be kept as it is.
        if (Directory.Exists(path) || File.Exists(path))
            throw new IOException($"{path} exists already");
        var directory = new RunDirectory(path);
        try
        {
            directory.MakePrivate();
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            directory.Dispose();
            throw new TargetException(
                TargetFailure.Configuration,
                target,
                $"the temporary folder {parent} can't be used: {e.Message} (set TMPDIR to another one)",
                inner: e
            );
        }
    }

    /// <summary>A path in the folder. For sockets, use at most three letters.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Records a child, so that a later harness can end it if this one dies without doing so.</summary>
    public void Record(string name, ChildProcess child) => Write(name + ChildSuffix, child.Session.Leader);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The temporary folder was cleaned.
        }
    }

    /// <summary>
    /// Ends the children of harnesses that died without ending them, and removes their folders. Only those that are
    /// provably theirs: recorded in a folder without a live owner, alive with the recorded start time in this boot, and
    /// with that folder's path on the command line.
    /// </summary>
    /// <returns>What was ended, for a log.</returns>
    public static async Task<IReadOnlyList<string>> ReapAsync(string? parent = null)
    {
        var ended = new List<string>();
        foreach (var path in Directory.EnumerateDirectories(parent ?? System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            try
            {
                if (Read(System.IO.Path.Combine(path, OwnerFile)) is not { } owner || owner.IsAlive())
                    continue;
                foreach (var file in Directory.EnumerateFiles(path, "*" + ChildSuffix))
                {
                    if (Read(file) is not { } child || !child.IsAlive() || !child.Names(path))
                        continue;
                    await new ProcessSession(child.Identity).KillAsync().ConfigureAwait(false);
                    ended.Add(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{System.IO.Path.GetFileName(file)[..^ChildSuffix.Length]} (pid {child.Pid}) of a harness that is gone"
                        )
                    );
                }
                Directory.Delete(path, recursive: true);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                // Another user's, or being removed by another harness at this moment.
            }
        }
        return ended;
    }

    private void MakePrivate()
    {
        // mkdir(2) with a mode: there is no moment at which others could enter.
        Directory.CreateDirectory(Path, Private);
        if (File.GetUnixFileMode(Path) != Private)
            throw new IOException($"{Path} is not private");
        Write(OwnerFile, ProcessIdentity.Of(Environment.ProcessId)!);
    }

    private void Write(string name, ProcessIdentity identity)
    {
        // Complete or not at all: a reader must not read half a number as a pid.
        var part = PathOf(name + ".part");
        File.WriteAllText(part, JsonSerializer.Serialize(new Recorded(identity.Pid, identity.StartTicks, BootId())));
        File.Move(part, PathOf(name), overwrite: true);
    }

    private static Recorded? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<Recorded>(File.ReadAllText(file)) : null;
        }
        catch (JsonException)
        {
            return null; // Not written by us.
        }
    }

    private static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    private sealed record Recorded(int Pid, long StartTicks, string BootId)
    {
        public ProcessIdentity Identity => new(Pid, StartTicks);

        public bool IsAlive() => BootId == RunDirectory.BootId() && Identity.IsAlive;

        public bool Names(string path) =>
            Identity.CommandLine().Any(a => a.Contains(path + "/", StringComparison.Ordinal));
    }
}
