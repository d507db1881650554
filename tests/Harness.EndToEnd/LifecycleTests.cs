using Harness.Store;

namespace Harness.EndToEnd;

/// <summary>Page ownership on booted kernels.</summary>
[Category("Qemu")]
public class LifecycleTests
{
    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task Ownership_cases_match_the_model_and_leave_no_state_on_the_host()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--target",
            "fwb",
            "--target",
            "nofwb",
            "--filter",
            "family=lifecycle & life=ordinary & (gmem=mmap | backing=secretmem)",
            "--db",
            cli.Database
        );
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var (_, results) = cli.Stored();
        foreach (string target in new[] { "fwb", "nofwb" })
        {
            Assert.That(results[target].Select(r => r.Verdict), Is.All.EqualTo("match"));
            Assert.That(results[target].Count(), Is.GreaterThan(80));
            Assert.That(results[target].Where(r => r.Observed!.Contains("SIGBUS, BUS_ADRERR")), Is.Not.Empty);
            Assert.That(results[target].Where(r => r.Observed!.Contains("the VM lives on")), Is.Not.Empty);
            Assert.That(
                results[target].Where(r => r.Observed!.Contains("KVM_EXIT_MEMORY_FAULT, EFAULT")),
                Is.Not.Empty
            );
        }
    }

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_transition_taken_out_of_the_machine_is_contradicted_by_a_kernel_that_has_it()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--target",
            "fwb",
            "--policy",
            "mainline-7.2-without-gmem-private-touch",
            "--filter",
            "family=lifecycle & life=ordinary & gmem=mmap & do~*load*",
            "--db",
            cli.Database
        );
        Assert.That(end.Code, Is.EqualTo(1), end.Error + end.Out);

        var (_, results) = cli.Stored();
        var wrong = results["fwb"].Where(r => r.Verdict == "mismatch").ToList();
        Assert.That(wrong, Is.Not.Empty);
        // Without it, the model predicts that a process can access its own memory: the kernel contradicts that, and
        // nothing else.
        Assert.That(wrong.Select(r => r.Rule).Distinct(), Is.EqualTo(new[] { "host-touch" }));
        Assert.That(results["fwb"].Select(r => r.Verdict).Distinct(), Is.SubsetOf(new[] { "match", "mismatch" }));
    }

    /// <summary>On a CPU where a protected VM is created and destroyed in less than a second.</summary>
    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_protected_VM_has_its_pages_as_the_machine_says()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--target",
            "7.2/a76/protected",
            "--filter",
            "family=lifecycle & life=protected & backing=anonymous & sharing=private & vma=rw",
            "--db",
            cli.Database
        );
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var (_, results) = cli.Stored();
        var seen = results["7.2/a76/protected"].ToList();
        Assert.That(seen.Select(r => r.Verdict), Is.All.EqualTo("match"));
        Assert.That(seen, Has.Count.GreaterThan(40));
        foreach (
            string what in new[]
            {
                "SIGSEGV, SEGV_ACCERR",
                "the hypercall returns -3",
                "peek: sees zeroes",
                "copy: EFAULT",
                "KVM_RUN fails with EPERM",
            }
        )
            Assert.That(seen.Where(r => r.Observed!.Contains(what)), Is.Not.Empty, what);
    }
}
