using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

/// <summary>What harms a host comes after everything else, confirmations included; what it costs is named.</summary>
public class HostHarmsTests
{
    private static readonly HostProfile Linux612 = new(
        "6.12.117",
        new HostFacts(true, true),
        Seen.Abilities with
        {
            Providers = new ProviderAbilities(),
        },
        new Decoding(true, null)
    );

    private static readonly Case Lossy = AllCases.WithKey(
        "pfnmap:known:wb:shared vma=rw slot=none do=read.last,recreate,read.first size=block restored by=exporter-huge"
    )!;

    private static readonly Case Usual = Seen.Grace();

    private static readonly Case Short = Seen.Grace(Access.Write);

    private static Observation NoMemory(ProbeProgram program) =>
        new(
            program.Case,
            ObservationEnd.SetupFailed,
            "export: ENOMEM",
            0,
            [EmptyResult.Of(program.Steps.First(s => s is ExportStep), 12)],
            []
        );

    private static async Task<(List<ProbeProgram> Sent, Notes Notes)> Run(
        HostProfile profile,
        Func<ProbeProgram, Observation> answer,
        params Case[] cases
    )
    {
        var sent = new List<ProbeProgram>();
        var host = new FakeHost
        {
            Answer = p =>
            {
                sent.Add(p);
                return answer(p);
            },
        };
        var notes = new Notes();
        await using var session = host.Session(notes, TimeSpan.FromMilliseconds(200), _ => profile);
        await new HostRun(session, notes).ExecuteAsync(cases, default);
        return (sent, notes);
    }

    [Test]
    public async Task A_case_that_costs_the_host_memory_runs_after_the_others_were_confirmed()
    {
        var (sent, notes) = await Run(Linux612, NoMemory, Lossy, Usual);

        Assert.That(sent.Select(p => p.Case), Is.EqualTo(new[] { Usual.Id, Usual.Id, Lossy.Id, Lossy.Id }));
        Assert.That(sent.Where(p => p.Case == Lossy.Id).Select(p => p.Alone), Is.All.True);
        Assert.That(notes.Phases, Does.Contain("running 1 that may harm the host"));
    }

    [Test]
    public async Task On_a_kernel_where_it_does_no_harm_it_keeps_its_place()
    {
        var (sent, notes) = await Run(Linux612 with { Release = "6.18.15" }, NoMemory, Lossy, Usual);

        Assert.That(sent.Select(p => p.Case), Is.EqualTo(new[] { Lossy.Id, Usual.Id, Lossy.Id, Usual.Id }));
        Assert.That(
            notes.Verdicts.Values.Select(v => v.Reason),
            Is.All.EqualTo("set-up failed: export: ENOMEM"),
            "nothing there costs memory"
        );
    }

    [Test]
    public async Task What_finds_no_memory_says_where_it_may_have_gone()
    {
        var (_, notes) = await Run(Linux612, NoMemory, Lossy, Usual);

        Assert.That(
            notes.Verdicts[Usual.Id].Reason,
            Does.Match(
                @"^set-up failed: export: ENOMEM; memory may be lost to an earlier run, until the host boots again: .*finding pfnmap-block-reference\)$"
            )
        );
        Assert.That(notes.Verdicts[Lossy.Id].Reason, Does.Contain("memory may be lost to a case that ran before it,"));
        Assert.That(notes.Verdicts[Lossy.Id].Kind, Is.EqualTo(VerdictKind.ProbeError));
    }

    [Test]
    public void Only_a_shortage_of_memory_is_explained()
    {
        var harms = new HostHarms(Mainline.V6_12_113, new HostFacts(true, true));
        var program = Seen.Compiled(Short).Program;
        var verdict = new Verdict(VerdictKind.ProbeError, Culprit.Platform, "no file", "", null, null, [], []);
        var other = NoMemory(program) with { Steps = [EmptyResult.Of(program.Steps[0], 24)] };

        Assert.That(harms.Explain(verdict, other), Is.SameAs(verdict));
        Assert.That(harms.Explain(verdict, NoMemory(program)).Reason, Does.StartWith("no file; memory may be lost"));
    }
}
