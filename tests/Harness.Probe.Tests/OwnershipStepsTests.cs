using System.Diagnostics;
using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>The steps that access a page, as far as they work on any Linux.</summary>
public class OwnershipStepsTests
{
    private const int SIGBUS = 7,
        SIGSEGV = 11,
        MapError = 1,
        AccessError = 2,
        NoSuchPage = 2;
    private const int EINVAL = 22,
        EFAULT = 14;
    private const ulong Page = 64 << 10; // a multiple of any Linux page size

    private RunningProbe _probe = null!;

    [OneTimeSetUp]
    public void Start() => _probe = RunningProbe.Start();

    [OneTimeTearDown]
    public void Stop() => _probe.Dispose();

    [Test]
    public void A_touch_loads_and_stores_words_as_the_other_steps_see_them()
    {
        var seen = _probe.Run(
            new MapStep("a", null, Page, Write: true, Shared: false),
            new WordsStep("a", 8, [0x89abcdef]),
            new TouchStep("a", 8),
            new TouchStep("a", 12, 0xfedcba98),
            new TouchStep("a", 12),
            new CopyStep("a", 12),
            new PeekStep("a", 8)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps.Select(s => s.Errno), Has.All.Zero);
        Assert.That(
            seen.Steps.Skip(2),
            Is.EqualTo(
                new StepResult[]
                {
                    new TouchResult(0x89abcdef),
                    new TouchResult(0xfedcba98),
                    new TouchResult(0xfedcba98),
                    new CopyResult(0xfedcba98),
                    new PeekResult(0x89abcdef),
                }
            )
        );
    }

    [TestCase(null)]
    [TestCase(7u)]
    public void A_touch_beyond_the_end_of_a_file_reports_SIGBUS_and_the_next_goes_through(uint? store)
    {
        var seen = _probe.Run(
            new MemfdStep("m", Page),
            new MapStep("a", "m", 2 * Page, Write: true, Shared: true),
            new TouchStep("a", Page + 4, store),
            new TouchStep("a", 4, store ?? 9),
            new TouchStep("a", Page + 8, store)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        ulong? at = Address(seen, 1) + Page;
        Assert.That(seen.Steps[2], Is.EqualTo(new TouchResult(null, SIGBUS, NoSuchPage, at + 4)));
        Assert.That(seen.Steps[3], Is.EqualTo(new TouchResult(store ?? 9)));
        Assert.That(seen.Steps[4], Is.EqualTo(new TouchResult(null, SIGBUS, NoSuchPage, at + 8)));
        Assert.That(seen.Steps.Select(s => s.Errno), Has.All.Zero);
    }

    [Test]
    public void A_store_into_a_read_only_mapping_reports_SIGSEGV_and_the_word_stays()
    {
        var seen = _probe.Run(
            new MapStep("a", null, Page, Write: true, Shared: false),
            new WordsStep("a", 0, [5]),
            new ProtectStep("a", Read: true, Write: false),
            new TouchStep("a", 0, 6),
            new TouchStep("a", 0),
            new ProtectStep("a", Read: false, Write: false),
            new TouchStep("a", 0),
            new CopyStep("a", 0),
            new PeekStep("a", 0)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        var refused = new TouchResult(null, SIGSEGV, AccessError, Address(seen, 0));
        Assert.That(seen.Steps[3], Is.EqualTo(refused));
        Assert.That(seen.Steps[4], Is.EqualTo(new TouchResult(5)));
        Assert.That(seen.Steps[6], Is.EqualTo(refused));
        Assert.That(seen.Steps[7].Errno, Is.EqualTo(EFAULT));
        Assert.That(seen.Steps[8], Is.EqualTo(new PeekResult(5)), "the kernel's own way heeds no mprotect");
    }

    [Test]
    public void A_touch_where_nothing_is_mapped_reports_no_mapping()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 2 * Page, Write: true, Shared: false, Align: 2 << 20),
            new HoleStep("a", Page, Page),
            new TouchStep("a", Page)
        );
        Assert.That(RunningProbe.Result<TouchResult>(seen, 2).Code, Is.EqualTo(MapError), seen.Detail);
    }

    [Test]
    public void The_runtime_keeps_its_own_handlers()
    {
        string Caught(int pid) =>
            File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("SigCgt", StringComparison.Ordinal));
        int worker = Worker();
        string before = Caught(worker);
        for (int i = 0; i < 3; i++)
            _probe.Run(
                new MapStep("a", null, Page, Write: true, Shared: false),
                new ProtectStep("a", Read: false, Write: false),
                new TouchStep("a", 0)
            );
        Assert.That(Worker(), Is.EqualTo(worker));
        Assert.That(Caught(worker), Is.EqualTo(before));
    }

    [Test]
    public void A_fault_that_is_not_ours_goes_to_the_handler_that_was_there()
    {
        Assert.That(
            () => TouchingCode.Guarded(() => (uint)NullLoad(null!), out _),
            Throws.TypeOf<NullReferenceException>()
        );
        Assert.That(() => NullLoad(null!), Throws.TypeOf<NullReferenceException>(), "and again when ours is gone");
    }

    private static int NullLoad(int[] nothing) => nothing.Length;

    [TestCase(2ul)]
    [TestCase(Page)]
    public void A_touch_outside_its_mapping_or_across_words_is_the_programs_mistake(ulong offset)
    {
        foreach (var step in (Step[])[new TouchStep("a", offset), new CopyStep("a", offset), new PeekStep("a", offset)])
        {
            var seen = _probe.Run(new MapStep("a", null, Page, Write: true, Shared: false), step);
            Assert.That(seen.End, Is.EqualTo(ObservationEnd.ProbeError));
            Assert.That(seen.Detail, Does.Contain($"no word at {offset}"));
        }
    }

    [Test]
    public void A_word_is_stored_loaded_and_maintained()
    {
        var seen = _probe.Run(
            new MapStep("a", null, Page, Write: true, Shared: false),
            new WordsStep("a", 8, [0x89abcdef]),
            new LineStep("a", 8, LineAct.Load),
            new LineStep("a", 8, LineAct.Store, 0xfedcba98),
            new LineStep("a", 8, LineAct.Clean),
            new LineStep("a", 8, LineAct.CleanInvalidate),
            new LineStep("a", 8, LineAct.Load),
            new PeekStep("a", 8)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            seen.Steps.Skip(2),
            Is.EqualTo(
                new StepResult[]
                {
                    new LineResult(0x89abcdef),
                    new LineResult(),
                    new LineResult(),
                    new LineResult(),
                    new LineResult(0xfedcba98),
                    new PeekResult(0xfedcba98),
                }
            )
        );
    }

    [Test]
    public void The_code_of_lines_for_arm64_is_what_the_assembler_makes_of_its_text() =>
        Assert.That(
            LineCode.Arm64,
            Is.EqualTo(
                Assembled(
                    "aarch64-linux-gnu-",
                    string.Concat(
                        ((string[])["ldr w0, [x0]", "str w1, [x0]", "dc cvac, x0", "dc civac, x0"]).Select(act =>
                            $"dsb sy\n{act}\ndsb sy\nret\n"
                        )
                    )
                )
            )
        );

    [Test]
    public void A_file_is_read_written_cut_and_punched()
    {
        var seen = _probe.Run(
            new MemfdStep("m", Page),
            new WriteFileStep("m", 0xabcdef01),
            new ReadFileStep("m"),
            new FallocateStep("m", 3, 0, Page),
            new ReadFileStep("m"),
            new TruncateStep("m", 2),
            new ReadFileStep("m"),
            new FallocateStep("m", 0, 0, 0)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps.Select(s => s.Errno), Is.EqualTo(new[] { 0, 0, 0, 0, 0, 0, 0, EINVAL }));
        Assert.That(seen.Steps[1], Is.EqualTo(new WriteFileResult(4)));
        Assert.That(seen.Steps[2], Is.EqualTo(new ReadFileResult(0xabcdef01)));
        Assert.That(seen.Steps[4], Is.EqualTo(new ReadFileResult(0)));
        Assert.That(seen.Steps[6], Is.EqualTo(new ReadFileResult(Count: 2)));
    }

    [Test]
    public void Files_and_mappings_of_a_program_are_counted_and_closed_at_its_end()
    {
        var first = _probe.Run(new CountersStep());
        var seen = _probe.Run(
            new CountersStep(),
            new MemfdStep("m", 2 * Page),
            new MapStep("a", "m", 2 * Page, Write: true, Shared: true),
            new MapStep("b", null, Page, Write: true, Shared: false, Align: 2 << 20),
            new TouchStep("a", 0, 1),
            new CountersStep(),
            new UnmapStep("a"),
            new CloseStep("m"),
            new CountersStep()
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        var (before, during, after) = (Counters(seen, 0), Counters(seen, 5), Counters(seen, 8));
        Assert.That(during.Descriptors, Is.EqualTo(before.Descriptors + 1));
        Assert.That(during.Mappings, Is.GreaterThanOrEqualTo(before.Mappings!.Value + 2));
        Assert.That(after.Descriptors, Is.EqualTo(before.Descriptors));
        Assert.That(after.Mappings, Is.EqualTo(during.Mappings - 1));
        var (start, last) = (Counters(first, 0), Counters(_probe.Run(new CountersStep()), 0));
        Assert.That((last.Descriptors, last.Mappings), Is.EqualTo((start.Descriptors, start.Mappings)));
        Assert.That(last.FreeKiB, Is.Positive);
        Assert.That(last.Files, Is.Positive);
        Assert.That(last.UncountedKiB, Is.Not.Null);
    }

    [Test]
    public void Memory_that_no_line_counts_is_what_is_left_of_all_of_it()
    {
        const string Memory = """
            MemTotal:        1000 kB
            MemFree:          400 kB
            MemAvailable:     700 kB
            Buffers:           10 kB
            Cached:           200 kB
            SwapCached:         1 kB
            Active:           111 kB
            AnonPages:        100 kB
            Shmem:             50 kB
            KReclaimable:      20 kB
            Slab:              60 kB
            SReclaimable:      20 kB
            KernelStack:        4 kB
            PageTables:         5 kB
            SecPageTables:      6 kB
            VmallocUsed:        7 kB
            Percpu:             3 kB
            Hugetlb:          100 kB
            """;
        Assert.That(HostCounters.Uncounted(Memory), Is.EqualTo(104));
        Assert.That(HostCounters.Uncounted(Memory.Replace("Percpu:             3 kB\n", "")), Is.EqualTo(107));
        Assert.That(HostCounters.Uncounted(""), Is.Null, "it can't be read");
    }

    [Test]
    public void The_runtimes_own_areas_are_not_a_programs()
    {
        const string Maps = """
            1000000000-1000010000 ---p 00000000 00:00 0
            2000000000-2000010000 rw-p 00000000 00:00 0
            7f0000000000-7f0000010000 rw-s 00000000 00:01 17                         /memfd:m (deleted)
            7f0000010000-7f0000020000 rw-s 00000000 00:01 18                         /memfd:doublemapper (deleted)
            7f0000020000-7f0000030000 r-xp 00000000 00:01 19                         /memfd:stage2-probe (deleted)
            7f0000030000-7f0000031000 rw-s 00000000 00:0e 14                         anon_inode:kvm-vcpu:0
            7f0000040000-7f0000041000 r-xp 00000000 08:01 99                         /usr/lib/libc.so.6
            7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
            """;
        Assert.That(HostCounters.CountAreas(Maps), Is.EqualTo(3));
    }

    [Test]
    public void The_code_for_arm64_is_what_the_assembler_makes_of_its_text() =>
        Assert.That(TouchingCode.Arm64, Is.EqualTo(Assembled("aarch64-linux-gnu-", Arm64)));

    [Test]
    public void The_code_for_arm64_looks_where_the_C_library_has_what_it_wants()
    {
        // Their offsets are verified by Harness.Probe.Kvm's tests.
        string text = Arm64;
        Assert.That(text, Does.Contain($"[x2, #{Marshal.OffsetOf<SignalContext>("ProgramCounter")}]"));
        Assert.That(text, Does.Contain($"ldr w5, [x1, #{Marshal.OffsetOf<SignalInfo>("Code")}]"));
        Assert.That(text, Does.Contain($"ldr x6, [x1, #{Marshal.OffsetOf<SignalInfo>("Address")}]"));
    }

    private const string Arm64 = """
        load:    ldr w0, [x0]
                 ret
        store:   str w1, [x0]
                 ret
        handler: ldr x3, [x2, #440]
                 adr x4, load
                 cmp x3, x4
                 b.eq ours
                 adr x4, store
                 cmp x3, x4
                 b.eq ours
                 ldr x4, data
                 add x5, x4, x0, lsl #3
                 ldr x16, [x5, #64]
                 cmp x16, #1
                 b.ls none
                 br x16
        none:    add x1, x4, #32
                 mov x2, #0
                 mov x3, #8
                 mov x8, #134
                 svc #0
                 ret
        ours:    add x3, x3, #4
                 str x3, [x2, #440]
                 ldr x4, data
                 ldr w5, [x1, #8]
                 ldr x6, [x1, #16]
                 str w0, [x4]
                 str w5, [x4, #4]
                 str x6, [x4, #8]
                 ret
        data:
        """;

    private int Worker() =>
        Directory
            .GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(n => int.TryParse(n, out _))
            .Select(n => int.Parse(n!, null))
            .First(pid => Children(pid) == _probe.Pid);

    private static int Children(int pid)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ')[1], null);
        }
        catch (IOException)
        {
            return -1; // it exited meanwhile
        }
    }

    private static byte[] Assembled(string prefix, string text)
    {
        string folder = Directory.CreateTempSubdirectory("stage2-as-").FullName;
        try
        {
            string source = Path.Combine(folder, "a.s"),
                made = Path.Combine(folder, "a.o"),
                raw = Path.Combine(folder, "a.bin");
            File.WriteAllText(source, text + "\n");
            foreach (
                var (program, arguments) in ((string, string[])[])
                    [
                        (prefix + "as", ["-o", made, source]),
                        (prefix + "objcopy", ["-O", "binary", "-j", ".text", made, raw]),
                    ]
            )
            {
                using var process = Process.Start(
                    new ProcessStartInfo(program, arguments) { RedirectStandardError = true }
                )!;
                string said = process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.That(process.ExitCode, Is.Zero, $"{program}: {said}");
            }
            return File.ReadAllBytes(raw);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ulong? Address(Observation seen, int step) => RunningProbe.Result<MapResult>(seen, step).Address;

    private static CountersResult Counters(Observation seen, int step) =>
        RunningProbe.Result<CountersResult>(seen, step);
}
