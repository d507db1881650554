using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// kprobe events of one thread, in its own tracefs instance and event group, both named by the process
/// (Documentation/trace/kprobetrace.rst). Created once; removed by <see cref="Remove"/> from another process, because a
/// worker may die at any time.
/// </summary>
internal sealed class Tracing
{
    private const string InstancePrefix = "stage2-probe-";
    private const string GroupPrefix = "stage2_probe_";
    private const int EventsLimit = 1000;

    // Arguments by the C ABI: x0 is the page table in all of the first four.
    private static readonly string[] Events =
    [
        "p:{0}/kvm_pgtable_stage2_map kvm_pgtable_stage2_map addr=%x1:x64 size=%x2:x64 phys=%x3:x64 prot=%x4:x64",
        "p:{0}/pkvm_pgtable_stage2_map pkvm_pgtable_stage2_map addr=%x1:x64 size=%x2:x64 phys=%x3:x64 prot=%x4:x64",
        "p:{0}/kvm_pgtable_stage2_relax_perms kvm_pgtable_stage2_relax_perms addr=%x1:x64 prot=%x2:x64",
        "p:{0}/pkvm_pgtable_stage2_relax_perms pkvm_pgtable_stage2_relax_perms addr=%x1:x64 prot=%x2:x64",
        "r:{0}/kvm_handle_guest_abort kvm_handle_guest_abort ret=$retval:s32",
        "r:{0}/kvm_arch_prepare_memory_region kvm_arch_prepare_memory_region ret=$retval:s32",
    ];

    private readonly LineBuffer _lines = new();
    private readonly byte[] _buffer = new byte[16384];
    private readonly int _pipe = -1;

    private Tracing(string why) => Why = why;

    private Tracing(int pipe, List<string> events)
    {
        _pipe = pipe;
        Set = events;
    }

    /// <summary>Null if it works; else the step that failed, with its errno.</summary>
    public string? Why { get; }

    /// <summary>The symbols that have an event.</summary>
    public IReadOnlyList<string> Set { get; } = [];

    /// <summary>Where tracefs is mounted, or null.</summary>
    public static string? Root
    {
        get
        {
            foreach (string root in (string[])["/sys/kernel/tracing", "/sys/kernel/debug/tracing"])
            {
                int fd = Paths.Open(root + "/kprobe_events", O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                    continue;
                Libc.close(fd);
                return root;
            }
            return null;
        }
    }

    /// <summary>Sets it up for the calling thread.</summary>
    public static Tracing Start()
    {
        if (Root is not { } root)
            return new Tracing("no readable kprobe_events below /sys/kernel/tracing");
        int pid = Libc.getpid();
        string group = GroupPrefix + pid;
        string instance = $"{root}/instances/{InstancePrefix}{pid}";
        var set = new List<string>();
        int last = 0;
        foreach (string format in Events)
        {
            string definition = format.Replace("{0}", group);
            int refused = SmallFile.Write(root + "/kprobe_events", definition + "\n", append: true);
            if (refused == 0)
                set.Add(
                    definition.Substring(
                        definition.IndexOf('/') + 1,
                        definition.IndexOf(' ') - definition.IndexOf('/') - 1
                    )
                );
            else if (refused != Posix.ENOENT) // no such symbol in this kernel
                last = refused;
        }
        if (set.Count == 0)
            return new Tracing($"{root}/kprobe_events rejects all events: errno {(last == 0 ? Posix.ENOENT : last)}");
        int errno = SmallFile.MakeFolder(instance);
        if (errno != 0)
            return new Tracing($"mkdir {instance}: errno {errno}");
        foreach (
            string setting in (string[])
                [$"set_event_pid={Libc.gettid()}", "options/context-info=0", $"events/{group}/enable=1", "tracing_on=1"]
        )
        {
            int equals = setting.IndexOf('=');
            errno = SmallFile.Write($"{instance}/{setting.Substring(0, equals)}", setting.Substring(equals + 1));
            if (errno != 0)
                return new Tracing($"{instance}/{setting}: errno {errno}");
        }
        int pipe = Paths.Open(instance + "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        return pipe < 0 ? new Tracing($"{instance}/trace_pipe: errno {-pipe}") : new Tracing(pipe, set);
    }

    /// <summary>Removes what <see cref="Start"/> created for a process, if anything.</summary>
    public static void Remove(int pid)
    {
        if (Root is not { } root)
            return;
        SmallFile.RemoveFolder($"{root}/instances/{InstancePrefix}{pid}");
        RemoveEvents(root, line => line.Contains($":{GroupPrefix}{pid}/"));
    }

    /// <summary>Removes what dead probes left behind.</summary>
    public static void RemoveStale()
    {
        if (Root is not { } root)
            return;
        foreach (string folder in Directory.GetDirectories(root + "/instances", InstancePrefix + "*"))
            if (IsDead(folder.Substring(folder.LastIndexOf('/') + 1 + InstancePrefix.Length)))
                SmallFile.RemoveFolder(folder);
        RemoveEvents(root, line =>
        {
            int start = line.IndexOf(":" + GroupPrefix, StringComparison.Ordinal) + 1 + GroupPrefix.Length;
            int slash = line.IndexOf('/');
            return start > GroupPrefix.Length && slash > start && IsDead(line.Substring(start, slash - start));
        });
    }

    /// <summary>The events since the last call.</summary>
    public TraceResult Read()
    {
        if (_pipe < 0)
            return new TraceResult(false, Why);
        var events = new List<TraceEvent>();
        long lost = 0;
        while (true)
        {
            int got = SmallFile.Read(_pipe, _buffer, 0, _buffer.Length);
            if (got <= 0)
                return new TraceResult(true, null, events, lost);
            _lines.Append(_buffer, 0, got);
            while (_lines.Take() is { } line)
                Note(TraceLine.Ascii(line), events, ref lost);
        }
    }

    private static void Note(string line, List<TraceEvent> events, ref long lost)
    {
        if (TraceLine.Lost(line) is { } count)
            lost += count;
        else if (TraceLine.Event(line) is not { } e)
            lost++; // an unparsable line is a lost event
        else if (events.Count < EventsLimit)
            events.Add(e);
        else
            lost++;
    }

    private static bool IsDead(string pid)
    {
        string? command = SmallFile.ReadText($"/proc/{pid}/cmdline", out _);
        return command is null || !command.Contains("--worker");
    }

    private static void RemoveEvents(string root, Func<string, bool> chosen)
    {
        string? all = SmallFile.ReadText(root + "/kprobe_events", out _);
        if (all is null)
            return;
        foreach (string line in all.Split('\n'))
        {
            if (!chosen(line))
                continue;
            // "p:GROUP/NAME SYMBOL ..." is removed by "-:GROUP/NAME"
            int colon = line.IndexOf(':');
            int space = line.IndexOf(' ');
            if (space > colon)
                SmallFile.Write(root + "/kprobe_events", $"-{line.Substring(colon, space - colon)}\n", append: true);
        }
    }
}
