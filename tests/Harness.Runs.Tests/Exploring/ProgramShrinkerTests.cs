using Harness.Cases;
using Harness.Model;
using Harness.Model.Programs;
using Harness.Runs.Exploring;

namespace Harness.Runs.Tests.Exploring;

public class ProgramShrinkerTests
{
    private static ProgramCase Program(string key) => (ProgramCase)AllCases.WithKey(key)!;

    [Test]
    public async Task What_is_not_needed_is_left_out()
    {
        var found = Program(
            "anonymous:shared vma=rw slot=ro+log do=read.next,exec.last,ldp.first,dirty-log,read.last,munmap,read.first,exec.next restored"
        );
        // A kernel that maps what the process unmapped.
        var least = await new ProgramShrinker(p => Task.FromResult(Unmaps(p))).ShrinkAsync(found);

        Assert.That(least.Key, Is.EqualTo("anonymous:shared vma=rw slot=none do=read.first,munmap"));
    }

    [Test]
    public async Task What_needs_neither_two_vCPUs_nor_two_slots_has_one()
    {
        var found = Program(
            "anonymous:shared vma=rw slot=none do=write.alias-next@1,read.last+write.alias-first,alias-delete,munmap restored second=alias"
        );
        var least = await new ProgramShrinker(p => Task.FromResult(Unmaps(p))).ShrinkAsync(found);

        Assert.That(least.Key, Is.EqualTo("anonymous:shared vma=rw slot=none do=write.first,munmap"));
    }

    [Test]
    public async Task A_program_stays_as_it_is_where_all_of_it_is_needed()
    {
        var found = Program("anonymous:shared vma=rw slot=log do=write.last,dirty-log restored");
        var least = await new ProgramShrinker(p => Task.FromResult(p == found)).ShrinkAsync(found);
        Assert.That(least, Is.EqualTo(found));
    }

    [Test]
    public async Task No_program_is_tried_that_can_t_be_run()
    {
        var tried = new List<ProgramCase>();
        await new ProgramShrinker(p =>
        {
            tried.Add(p);
            return Task.FromResult(false);
        }).ShrinkAsync(
            Program("anonymous:shared vma=rw slot=none do=log-on,write.first,log-off,log-on,write.last restored")
        );

        Assert.That(tried, Is.Not.Empty);
        Assert.That(tried.Select(p => p.UnsupportedReason), Is.All.Null);
    }

    [Test]
    public async Task A_program_that_always_shows_it_becomes_one_step()
    {
        int runs = 0;
        var least = await new ProgramShrinker(_ =>
        {
            runs++;
            return Task.FromResult(true);
        }).ShrinkAsync(
            Program("anonymous:shared vma=rw slot=none do=exec.last,write.last,munmap,read.first,read.last restored")
        );

        Assert.That(least.Steps.Count, Is.EqualTo(1));
        Assert.That(runs, Is.LessThan(50));
    }

    private static bool Unmaps(ProgramCase program) =>
        Index(program, s => s.ToString() == "munmap") is var munmap and < int.MaxValue
        && Index(program, s => s.Accesses.Count > 0) < munmap;

    private static int Index(ProgramCase program, Func<ProgramStep, bool> of)
    {
        int index = program.Steps.Span.ToArray().ToList().FindIndex(s => of(s));
        return index < 0 ? int.MaxValue : index;
    }
}
