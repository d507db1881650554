using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases.Tests;

/// <summary>The effect of each dimension of a case on its program.</summary>
public class CaseCompilerTests
{
    private static readonly ProbeAbilities All = new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true);
    private static readonly Backing PfnMap = new(
        VmaKind.PfnMap,
        KernelMap.ZeroRefcount,
        VmaMemoryType.NonCacheable,
        Sharing.Shared,
        false
    );
    private static readonly Backing Secret = new(
        VmaKind.Secret,
        KernelMap.Known,
        VmaMemoryType.WriteBack,
        Sharing.Shared,
        false
    );
    private static readonly Backing Hole = Secret with { Kind = VmaKind.Hole };
    private static readonly Backing GuestMemory = Secret with
    {
        Kind = VmaKind.GuestMemory,
        GuestMemory = GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared,
        Bound = true,
    };

    [Test]
    public void Every_buildable_case_has_a_program_of_its_own_that_survives_the_wire()
    {
        // A sample of the combinations; type and sharing are only passed through.
        var cases = CaseSpace.Buildable.Where((_, i) => i % 97 == 0).ToList();
        Assert.That(cases, Has.Count.GreaterThan(100));
        foreach (var c in cases)
        {
            var compiled = CaseCompiler.Compile(c, All);
            var program = compiled.Program;
            string text = Messages.Text(program);
            Assert.That(Messages.Text(Messages.ReadProgram(text)), Is.EqualTo(text), c.Key);
            Assert.That(
                compiled.SetUp.Select(s => program.Steps[s.Index].OnError),
                Is.Not.Empty.And.All.EqualTo(OnError.End),
                c.Key
            );
            Assert.That(compiled.Accesses.Select(a => program.Steps[a.Run.Index]), Is.All.TypeOf<RunStep>(), c.Key);
            Assert.That(
                compiled.Accesses.Select(a => program.Steps[a.Registers.Index]),
                Is.All.TypeOf<GetRegistersStep>(),
                c.Key
            );
            Assert.That(compiled.Accesses, Has.Count.EqualTo(c.Accesses.Count), c.Key);
            StepNames.AssertSetBeforeUsed(program.Steps, c.Key);
        }
    }

    [Test]
    public void A_late_backing_takes_the_place_of_plain_memory_after_the_slot_is_registered()
    {
        var steps = Steps(Case(PfnMap) with { Late = true });
        int slot = Slot(steps);

        Assert.That(steps[slot], Is.TypeOf<MemslotStep>().With.Property("Map").EqualTo("plain"));
        Assert.That(Before(steps, slot), Is.EqualTo(new[] { "open", "export", "map", "vm" }));
        Assert.That(
            steps[slot - 2],
            Is.TypeOf<MapStep>().With.Property("Fd").Null.And.Property("Write").True.And.Property("Shared").False
        );
        Assert.That(
            steps[slot + 1],
            Is.TypeOf<MapStep>()
                .With.Property("Over")
                .EqualTo("plain")
                .And.Property("Fd")
                .EqualTo("exporter")
                .And.Property("Shared")
                .True
        );
    }

    [Test]
    public void A_hole_is_made_before_the_slot_or_after_it()
    {
        var steps = Steps(Case(Hole));
        Assert.That(Before(steps, Slot(steps)), Is.EqualTo(new[] { "open", "map", "hole", "vm" }));

        steps = Steps(Case(Hole) with { Late = true });
        Assert.That(Before(steps, Slot(steps)), Is.EqualTo(new[] { "open", "map", "vm" }));
        Assert.That(steps[Slot(steps) + 1], Is.EqualTo(new HoleStep("plain")));
    }

    [Test]
    public void Secretmem_is_mapped_shared()
    {
        var steps = Steps(Case(Secret));
        Assert.That(Before(steps, Slot(steps)), Is.EqualTo(new[] { "open", "secretmem", "map", "vm" }));
        Assert.That(steps[2], Is.TypeOf<MapStep>().With.Property("Fd").EqualTo("secret").And.Property("Shared").True);
    }

    [Test]
    public void A_bound_guest_memfd_has_a_slot_elsewhere_first_and_the_cases_flags_on_the_second_alone()
    {
        var steps = Steps(Case(GuestMemory) with { Slot = SlotFlags.ReadOnly });
        var slots = steps.OfType<MemslotStep>().Where(s => s.Binding is not null).ToList();

        Assert.That(Before(steps, steps.IndexOf(slots[0])), Is.EqualTo(new[] { "open", "vm", "guest-memory" }));
        Assert.That(steps[2], Is.TypeOf<GuestMemoryStep>().With.Property("Flags").EqualTo(3));
        Assert.That(slots.Select(s => s.Flags), Is.EqualTo(new[] { 4, 4 | 2 }));
        Assert.That(slots.Select(s => s.Gpa), Is.EqualTo(new[] { 0x8000_0000ul, CaseLayout.TestAddress }));
        Assert.That(slots.Select(s => s.Slot), Is.Unique);
        Assert.That(slots.Select(s => s.OnError), Has.All.EqualTo(OnError.End));
    }

    [Test]
    public void Tags_are_enabled_before_anything_else_is_done_to_the_VM()
    {
        var steps = Steps(Case(PfnMap) with { Mte = true });
        int vm = steps.FindIndex(s => s is VmStep);

        Assert.That(steps[vm + 1], Is.EqualTo(new EnableCapabilityStep("vm", 205) { OnError = OnError.End }));
    }

    [TestCase(Extent.Page, 64 << 10, 64 << 10, 0)]
    [TestCase(Extent.Block, 2 << 20, 2 << 20, 0)]
    [TestCase(Extent.Misaligned, 4 << 20, 2 << 20, 64 << 10)]
    public void The_extent_is_that_of_the_slot_and_where_it_lies_in_the_mapping(
        Extent extent,
        int mapped,
        int size,
        int offset
    )
    {
        var steps = Steps(Case(PfnMap) with { Extent = extent });
        var (export, map, slot) = (
            steps.OfType<ExportStep>().Single(),
            steps.OfType<MapStep>().First(),
            (MemslotStep)steps[Slot(steps)]
        );

        Assert.That((export.Size, map.Size), Is.EqualTo(((ulong)mapped, (ulong)mapped)));
        Assert.That(map.Align, Is.EqualTo(size));
        Assert.That((slot.Size, slot.Offset), Is.EqualTo(((ulong)size, (ulong)offset)));
        Assert.That(slot.Gpa % CaseSizes.Usual.Block, Is.Zero);
    }

    [Test]
    public void No_slot_of_any_extent_meets_another_or_the_report()
    {
        (ulong Start, ulong Size)[] ranges =
        [
            (CaseLayout.CodeAddress, CaseLayout.CodeSize),
            (CaseLayout.ReportAddress, 4096),
            (CaseLayout.TestAddress, CaseSizes.Usual.Block),
            (CaseLayout.FirstBoundAddress, CaseSizes.Usual.Block),
        ];
        var sorted = ranges.OrderBy(r => r.Start).ToList();
        Assert.That(
            sorted.Zip(sorted.Skip(1)),
            Has.All.Matches<((ulong Start, ulong Size) One, (ulong Start, ulong Size) Next)>(p =>
                p.One.Start + p.One.Size <= p.Next.Start
            )
        );
    }

    [Test]
    public void Missing_abilities_of_a_host_are_named()
    {
        var bare = new ProbeAbilities(false, false, false);

        Assert.That(CaseCompiler.NotRunnableReason(Case(PfnMap), bare), Does.Contain("exporter module"));
        Assert.That(
            CaseCompiler.NotRunnableReason(Case(Secret), All with { Secretmem = false }),
            Does.StartWith("needs memfd_secret(2)")
        );
        Assert.That(new[] { Secret, PfnMap }.Select(b => CaseCompiler.NotRunnableReason(Case(b), All)), Has.All.Null);
        Assert.That(
            new[] { Backing.Plain, Hole, GuestMemory }.Select(b => CaseCompiler.NotRunnableReason(Case(b), bare)),
            Has.All.Null
        );
    }

    private static AccessCase Case(Backing backing) => new(backing, true, SlotFlags.None, new AccessList(Access.Read));

    private static List<Step> Steps(Case c) => [.. CaseCompiler.Compile(c, All).Program.Steps];

    private static int Slot(List<Step> steps) => steps.FindIndex(s => s is MemslotStep { Slot: CaseLayout.TestSlot });

    private static IEnumerable<string> Before(List<Step> steps, int slot) => steps.Take(slot).Select(s => s.Op);
}
